package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	partwiseKey = "pw-test-key-of-project-default"
	boundary    = "linearizability"
	uploadTTL   = 2 // Seconds: short enough for some uploads to see their deadline.
)

type partwise struct {
	server *process
	client *http.Client
	binary string
	data   string
}

func newPartwise(binary, folder string, connections int) *partwise {
	p := &partwise{client: newClient(connections), binary: binary, data: filepath.Join(folder, "data")}
	p.server = &process{
		command: func(port int) *exec.Cmd {
			command := exec.Command(binary, "serve", "--listen", fmt.Sprintf("127.0.0.1:%d", port),
				"--data-dir", p.data, "--upload-ttl", fmt.Sprint(uploadTTL), "--log-level", "warning")
			command.Env = append(command.Environ(), "PARTWISE_API_KEY="+partwiseKey)
			return command
		},
		ready: func(port int) bool {
			answer, err := p.client.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", port))
			if err != nil {
				return false
			}
			answer.Body.Close()
			return answer.StatusCode == http.StatusOK
		},
	}
	return p
}

func (p *partwise) rules() dialect     { return dialect{} }
func (p *partwise) process() *process  { return p.server }
func (p *partwise) prepare() error     { return nil }
func (p *partwise) partsMax() int      { return 4 }
func (p *partwise) knowsDigests() bool { return true }

func (p *partwise) inspect() error {
	said, err := exec.Command(p.binary, "fsck", "--data-dir", p.data).CombinedOutput()
	if err != nil {
		return fmt.Errorf("fsck: %w\n%s", err, said)
	}
	return nil
}

func (p *partwise) request(ctx context.Context, method, path, kind string, body io.Reader) (
	reply, bool, error) {
	url := fmt.Sprintf("http://127.0.0.1:%d/v1%s", p.server.port, path)
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return reply{}, false, err
	}
	request.Header.Set("Authorization", "Bearer "+partwiseKey)
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	return ask(p.client, request)
}

type wireUpload struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	ExpiresAt int64  `json:"expires_at"`
	File      struct {
		ID string `json:"id"`
	} `json:"file"`
}

// Sent again under its key until it is answered: which upload it made is never in doubt.
func (p *partwise) create(size int) (createdUpload, error) {
	fields, _ := json.Marshal(map[string]any{ // Of strings and numbers: it cannot fail.
		"bytes": size, "filename": "f", "purpose": "user_data", "mime_type": ""})
	key := fmt.Sprintf("key-%x-%x", rand.Uint64(), rand.Uint64())
	for deadline := time.Now().Add(readyTimeout); time.Now().Before(deadline); {
		url := fmt.Sprintf("http://127.0.0.1:%d/v1/uploads", p.server.port)
		request, err := http.NewRequest("POST", url, bytes.NewReader(fields))
		if err != nil {
			return createdUpload{}, err
		}
		request.Header.Set("Authorization", "Bearer "+partwiseKey)
		request.Header.Set("Idempotency-Key", key)
		answer, _, err := ask(p.client, request)
		var made wireUpload
		if err == nil && answer.code == 200 && decode(answer.body, &made) {
			return createdUpload{made.ID, time.Unix(made.ExpiresAt, 0), size}, nil
		}
		if err == nil && answer.code != http.StatusServiceUnavailable {
			return createdUpload{}, fmt.Errorf("create: %d %s", answer.code, answer.body)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return createdUpload{}, fmt.Errorf("create was not answered within %v", readyTimeout)
}

var statusInMessage = regexp.MustCompile(`\(status: ([a-z]+)\)`)

// What an answer that is no success means, for every verb.
func refusal(answer reply) output {
	// No other 5xx is an answer of a server whose disk is healthy.
	if answer.code == http.StatusServiceUnavailable {
		return output{answer: inDoubt}
	}
	if match := statusInMessage.FindSubmatch(answer.body); answer.code == 400 && match != nil {
		if status, known := statusNames[string(match[1])]; known {
			return output{answer: ended, status: status}
		}
	}
	switch answer.code {
	case http.StatusBadRequest:
		return output{answer: invalid, note: string(answer.body)}
	case http.StatusNotFound:
		return output{answer: gone}
	}
	return output{answer: surprising, note: fmt.Sprintf("%d %s", answer.code, answer.body)}
}

func (p *partwise) add(ctx context.Context, upload createdUpload, part part, content io.Reader) (
	string, output) {
	digest := md5.Sum(part.content)
	head := fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=\"md5\"\r\n\r\n%s\r\n--%s\r\n"+
		"Content-Disposition: form-data; name=\"data\"; filename=\"p\"\r\n\r\n",
		boundary, hex.EncodeToString(digest[:]), boundary)
	tail := fmt.Sprintf("\r\n--%s--\r\n", boundary)
	readers := []io.Reader{strings.NewReader(head), content}
	if part.cut < 0 {
		readers = append(readers, strings.NewReader(tail))
	}
	body := io.MultiReader(readers...) // In chunks: nobody knows its length.
	if _, is := content.(*bytes.Reader); is && part.number%2 == 0 {
		body = strings.NewReader(head + string(part.content) + tail)
	}
	answer, sent, err := p.request(ctx, "POST", "/uploads/"+upload.id+"/parts",
		"multipart/form-data; boundary="+boundary, body)
	if err != nil {
		return "", lostAnswer(sent)
	}
	var made struct {
		ID string `json:"id"`
	}
	if answer.code == 200 && decode(answer.body, &made) && made.ID != "" {
		return made.ID, output{answer: done}
	}
	return "", refusal(answer)
}

// The answer of a verb whose success is the upload.
func (p *partwise) uploadVerb(ctx context.Context, method, path string, body io.Reader) output {
	answer, sent, err := p.request(ctx, method, path, "application/json", body)
	if err != nil {
		return lostAnswer(sent)
	}
	var object wireUpload
	if answer.code != 200 {
		return refusal(answer)
	}
	if decode(answer.body, &object) {
		if status, known := statusNames[object.Status]; known {
			return output{answer: done, status: status, file: object.File.ID}
		}
	}
	return output{answer: surprising, note: string(answer.body)}
}

func (p *partwise) complete(ctx context.Context, upload createdUpload, ids []string,
	digest string) output {
	asked := map[string]any{"part_ids": ids}
	if digest != "" {
		asked["md5"] = digest
	}
	fields, _ := json.Marshal(asked) // Of strings: it cannot fail.
	return p.uploadVerb(ctx, "POST", "/uploads/"+upload.id+"/complete", bytes.NewReader(fields))
}

func (p *partwise) cancel(ctx context.Context, upload createdUpload) output {
	return p.uploadVerb(ctx, "POST", "/uploads/"+upload.id+"/cancel", nil)
}

func (p *partwise) get(ctx context.Context, upload createdUpload) (output, bool) {
	return p.uploadVerb(ctx, "GET", "/uploads/"+upload.id, nil), true
}

func (p *partwise) list(ctx context.Context, upload createdUpload) ([]listedPart, output) {
	answer, sent, err := p.request(ctx, "GET", "/uploads/"+upload.id+"/parts", "", nil)
	if err != nil {
		return nil, lostAnswer(sent)
	}
	var page struct {
		Data []struct {
			ID  string `json:"id"`
			MD5 string `json:"md5"`
		} `json:"data"`
		HasMore bool `json:"has_more"`
	}
	if answer.code != 200 {
		return nil, refusal(answer)
	}
	if !decode(answer.body, &page) || page.HasMore {
		return nil, output{answer: surprising, note: string(answer.body)}
	}
	listed := make([]listedPart, 0, len(page.Data))
	for _, one := range page.Data {
		listed = append(listed, listedPart{one.ID, one.MD5, -1})
	}
	return listed, output{answer: done}
}

func (p *partwise) content(ctx context.Context, _ createdUpload, file string) ([]byte, output) {
	answer, sent, err := p.request(ctx, "GET", "/files/"+file+"/content", "", nil)
	if err != nil {
		return nil, lostAnswer(sent)
	}
	if answer.code != 200 {
		return nil, refusal(answer)
	}
	return answer.body, output{answer: done}
}

func (p *partwise) tidy(upload createdUpload, file string) {
	if file == "" {
		p.cancel(context.Background(), upload)
		return
	}
	_, _, _ = p.request(context.Background(), "DELETE", "/files/"+file, "", nil) // Or not: it may stay.
}
