package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A server that speaks S3, by its multipart API. Each upload has a key of its own, and each part a
// number of its own, so that the same model holds; an id is the number and the ETag. An object has
// one part, because S3 wants 5 MiB in all but the last.

const (
	s3Access = "linearizability"
	s3Secret = "linearizability-secret"
	s3Region = "us-east-1"
	s3Bucket = "uploads"
)

type s3 struct {
	server *process
	client *http.Client
	signer *signer.Signer
	made   chan int // The number of the next key.
}

func newS3(name, binary, folder string, connections int) *s3 {
	s := &s3{client: newClient(connections), signer: signer.NewSigner(), made: make(chan int, 1)}
	s.made <- 1
	files := filepath.Join(folder, "files")
	s.server = &process{
		command: func(port int) *exec.Cmd {
			address := fmt.Sprintf("127.0.0.1:%d", port)
			if name == "versitygw" {
				command := exec.Command(binary, "--port", address, "--region", s3Region,
					"--keep-alive", "--quiet", "--disable-acl", "posix", files)
				command.Env = append(command.Environ(), "ROOT_ACCESS_KEY="+s3Access,
					"ROOT_SECRET_KEY="+s3Secret)
				return command
			}
			command := exec.Command(binary, "server", "--quiet", "--address", address, files)
			command.Env = append(command.Environ(), "MINIO_ROOT_USER="+s3Access,
				"MINIO_ROOT_PASSWORD="+s3Secret, "MINIO_REGION="+s3Region, "MINIO_BROWSER=off",
				"MINIO_UPDATE=off", "MINIO_CALLHOME_ENABLE=off", "HOME="+folder)
			return command
		},
		// It listens before it takes requests: the first that succeeds is a list of buckets.
		ready: func(int) bool {
			answer, _, err := s.request(context.Background(), "GET", "/", nil, nil, 0)
			return err == nil && answer.code == http.StatusOK
		},
	}
	_ = os.MkdirAll(files, 0o700) // Where it fails, the server says so.
	return s
}

func (s *s3) rules() dialect     { return dialect{endedIsGone: true} }
func (s *s3) process() *process  { return s.server }
func (s *s3) partsMax() int      { return 1 }
func (s *s3) knowsDigests() bool { return false }
func (s *s3) inspect() error     { return nil }

func (s *s3) prepare() error {
	answer, _, err := s.request(context.Background(), "PUT", "/"+s3Bucket, nil, nil, 0)
	if err == nil && answer.code != http.StatusOK {
		err = fmt.Errorf("the bucket: %d %s", answer.code, answer.body)
	}
	return err
}

func (s *s3) signed(ctx context.Context, method, path string, query url.Values, body io.Reader,
	size int) (*http.Request, error) {
	target := fmt.Sprintf("http://127.0.0.1:%d%s", s.server.port, path)
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	const unsigned = "UNSIGNED-PAYLOAD"
	request.ContentLength = int64(size)
	request.Header.Set("X-Amz-Content-Sha256", unsigned)
	keys := aws.Credentials{AccessKeyID: s3Access, SecretAccessKey: s3Secret}
	return request, s.signer.SignHTTP(ctx, keys, request, unsigned, "s3", s3Region, time.Now())
}

func (s *s3) request(ctx context.Context, method, path string, query url.Values, body io.Reader,
	size int) (reply, bool, error) {
	request, err := s.signed(ctx, method, path, query, body, size)
	if err != nil {
		return reply{}, false, err
	}
	return ask(s.client, request)
}

func path(upload createdUpload) string {
	key, _, _ := strings.Cut(upload.id, " ")
	return "/" + s3Bucket + "/" + key
}

func uploadQuery(upload createdUpload) url.Values {
	_, id, _ := strings.Cut(upload.id, " ")
	return url.Values{"uploadId": {id}}
}

// An upload whose create was lost is left alone: the next one gets another key.
func (s *s3) create(size int) (createdUpload, error) {
	for deadline := time.Now().Add(readyTimeout); time.Now().Before(deadline); {
		number := <-s.made
		s.made <- number + 1
		key := fmt.Sprintf("object-%d", number)
		answer, _, err := s.request(context.Background(), "POST", "/"+s3Bucket+"/"+key,
			url.Values{"uploads": {""}}, nil, 0)
		var made struct {
			UploadID string `xml:"UploadId"`
		}
		if err == nil && answer.code == 200 && xml.Unmarshal(answer.body, &made) == nil {
			return createdUpload{id: key + " " + made.UploadID, bytes: size}, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return createdUpload{}, fmt.Errorf("create was not answered within %v", readyTimeout)
}

func s3Refusal(answer reply) output {
	var said struct {
		Code string `xml:"Code"`
	}
	_ = xml.Unmarshal(answer.body, &said) // What is no XML has no code.
	switch said.Code {
	case "NoSuchUpload", "NoSuchKey":
		return output{answer: gone}
	case "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML":
		return output{answer: invalid}
	}
	// An incomplete body is refused in many words, and is no answer to anything else.
	if answer.code >= 500 || answer.code == http.StatusRequestTimeout {
		return output{answer: inDoubt}
	}
	return output{answer: surprising, note: fmt.Sprintf("%d %s", answer.code, answer.body)}
}

func (s *s3) add(ctx context.Context, upload createdUpload, part part, content io.Reader) (
	string, output) {
	query := uploadQuery(upload)
	query.Set("partNumber", strconv.Itoa(part.number+1))
	request, err := s.signed(ctx, "PUT", path(upload), query, content, len(part.content))
	if err != nil {
		return "", neverSent
	}
	response, err := s.client.Do(request)
	if err != nil {
		return "", output{answer: inDoubt}
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return "", output{answer: inDoubt}
	}
	if etag := response.Header.Get("ETag"); response.StatusCode == 200 && etag != "" {
		return fmt.Sprintf("%d %s", part.number+1, etag), output{answer: done}
	}
	return "", s3Refusal(reply{response.StatusCode, said})
}

func (s *s3) complete(ctx context.Context, upload createdUpload, ids []string, _ string) output {
	text := "<CompleteMultipartUpload>"
	for _, id := range ids {
		number, etag, _ := strings.Cut(id, " ")
		text += fmt.Sprintf("<Part><PartNumber>%s</PartNumber><ETag>%s</ETag></Part>", number, etag)
	}
	text += "</CompleteMultipartUpload>"
	answer, sent, err := s.request(ctx, "POST", path(upload), uploadQuery(upload),
		bytes.NewReader([]byte(text)), len(text))
	if err != nil {
		return lostAnswer(sent)
	}
	// An error can come with a 200, because the status was sent before the end was known.
	if answer.code != 200 || bytes.Contains(answer.body, []byte("<Error>")) {
		return s3Refusal(answer)
	}
	return output{answer: done, file: path(upload)}
}

func (s *s3) cancel(ctx context.Context, upload createdUpload) output {
	answer, sent, err := s.request(ctx, "DELETE", path(upload), uploadQuery(upload), nil, 0)
	if err != nil {
		return lostAnswer(sent)
	}
	if answer.code != http.StatusNoContent {
		return s3Refusal(answer)
	}
	return output{answer: done}
}

func (s *s3) get(context.Context, createdUpload) (output, bool) { return output{}, false }

func (s *s3) list(ctx context.Context, upload createdUpload) ([]listedPart, output) {
	answer, sent, err := s.request(ctx, "GET", path(upload), uploadQuery(upload), nil, 0)
	if err != nil {
		return nil, lostAnswer(sent)
	}
	if answer.code != 200 {
		return nil, s3Refusal(answer)
	}
	var page struct {
		Parts []struct {
			Number int    `xml:"PartNumber"`
			ETag   string `xml:"ETag"`
		} `xml:"Part"`
	}
	if xml.Unmarshal(answer.body, &page) != nil {
		return nil, output{answer: surprising, note: string(answer.body)}
	}
	listed := make([]listedPart, 0, len(page.Parts))
	for _, one := range page.Parts {
		id := fmt.Sprintf("%d %s", one.Number, one.ETag)
		listed = append(listed, listedPart{id: id, number: one.Number - 1})
	}
	return listed, output{answer: done}
}

func (s *s3) content(ctx context.Context, upload createdUpload, _ string) ([]byte, output) {
	answer, sent, err := s.request(ctx, "GET", path(upload), nil, nil, 0)
	if err != nil {
		return nil, lostAnswer(sent)
	}
	if answer.code != 200 {
		return nil, s3Refusal(answer)
	}
	return answer.body, output{answer: done}
}

func (s *s3) tidy(upload createdUpload, _ string) {
	quiet := context.Background()
	_, _, _ = s.request(quiet, "DELETE", path(upload), uploadQuery(upload), nil, 0) // It may stay.
	_, _, _ = s.request(quiet, "DELETE", path(upload), nil, nil, 0)
}
