package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"

	openai "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
)

// One scenario panics where something is not as it should be.
type scenario func()

// World holds what all scenarios share.
type World struct {
	ctx      context.Context
	client   openai.Client
	mutex    sync.Mutex
	requests int
	folder   string
}

func newWorld() *World {
	w := &World{ctx: context.Background()}
	w.folder = must(os.MkdirTemp("", "partwise-go-"))
	count := func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		w.mutex.Lock()
		w.requests++
		w.mutex.Unlock()
		return next(req)
	}
	w.client = openai.NewClient(option.WithMiddleware(count))
	return w
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func equal(got, want any) {
	if !reflect.DeepEqual(got, want) {
		panic(fmt.Sprintf("%.200v instead of %.200v", got, want))
	}
}

func holds(truth bool, what string) {
	if !truth {
		panic("not so: " + what)
	}
}

// The error of a call that must be refused with this status.
func refused(err error, status int) *openai.Error {
	var refusal *openai.Error
	if !errors.As(err, &refusal) {
		panic(fmt.Sprintf("no refusal: %v", err))
	}
	equal(refusal.StatusCode, status)
	return refusal
}

// The same, for a call that must be sent once.
func (w *World) refusedOnce(status int, call func() error) *openai.Error {
	before := w.requests
	refusal := refused(call(), status)
	equal(w.requests-before, 1)
	return refusal
}

func randomBytes(count int) []byte {
	content := make([]byte, count)
	must(rand.Read(content))
	return content
}

func md5Of(content []byte) string {
	sum := md5.Sum(content)
	return hex.EncodeToString(sum[:])
}

func named(content []byte, name string) io.Reader {
	return openai.File(bytes.NewReader(content), name, "application/octet-stream")
}

func (w *World) newUpload(count int, change ...func(*openai.UploadNewParams)) *openai.Upload {
	params := openai.UploadNewParams{Bytes: int64(count), Filename: "data.jsonl",
		MimeType: "text/jsonl", Purpose: openai.FilePurposeBatch}
	for _, one := range change {
		one(&params)
	}
	return must(w.client.Uploads.New(w.ctx, params))
}

func (w *World) addPart(upload *openai.Upload, content []byte) (string, error) {
	part, err := w.client.Uploads.Parts.New(w.ctx, upload.ID,
		openai.UploadPartNewParams{Data: named(content, "part")})
	if err != nil {
		return "", err
	}
	return part.ID, nil
}

func (w *World) complete(upload *openai.Upload, ids ...string) (*openai.Upload, error) {
	return w.client.Uploads.Complete(w.ctx, upload.ID, openai.UploadCompleteParams{PartIDs: ids})
}

func (w *World) newFile(content []byte, purpose openai.FilePurpose) *openai.FileObject {
	return must(w.client.Files.New(w.ctx, openai.FileNewParams{
		File: named(content, "notes.txt"), Purpose: purpose}))
}

func (w *World) contentOf(id string, options ...option.RequestOption) ([]byte, *http.Response) {
	answer := must(w.client.Files.Content(w.ctx, id, options...))
	defer answer.Body.Close()
	return must(io.ReadAll(answer.Body)), answer
}

func (w *World) openFile(name string, content []byte) *os.File {
	path := filepath.Join(w.folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		panic(err)
	}
	return must(os.Open(path))
}

func (w *World) uploads() map[string]scenario {
	return map[string]scenario{
		"upload_create": func() {
			upload := w.newUpload(11)
			equal(upload.Status, openai.UploadStatusPending)
			equal(upload.ExpiresAt, upload.CreatedAt+3600)
			holds(!upload.JSON.File.Valid(), "a pending upload has no file")
		},
		"upload_parts": func() {
			first, second := randomBytes(70_000), randomBytes(300_000)
			content := append(append([]byte{}, first...), second...)
			upload := w.newUpload(len(content), func(p *openai.UploadNewParams) {
				p.Filename, p.Purpose = "naïve – 文件.bin", openai.FilePurposeUserData
			})
			done := must(w.complete(upload, must(w.addPart(upload, first)),
				must(w.addPart(upload, second))))
			equal(done.Status, openai.UploadStatusCompleted)
			equal(done.File.Filename, "naïve – 文件.bin")
			got, _ := w.contentOf(done.File.ID)
			equal(got, content)
		},
		"upload_parts_parallel": func() {
			const count = 16
			content := randomBytes(count * 100_000)
			upload := w.newUpload(len(content))
			var ids [count]string
			var failures [count]error
			var all sync.WaitGroup
			for n := range count {
				all.Go(func() {
					ids[n], failures[n] = w.addPart(upload, content[n*100_000:(n+1)*100_000])
				})
			}
			all.Wait()
			equal(errors.Join(failures[:]...), nil)
			got, _ := w.contentOf(must(w.complete(upload, ids[:]...)).File.ID)
			equal(got, content)
		},
		"upload_part_stream": func() {
			content := randomBytes(500_000)
			upload := w.newUpload(len(content))
			file := w.openFile("part.bin", content)
			defer file.Close()
			part := must(w.client.Uploads.Parts.New(w.ctx, upload.ID,
				openai.UploadPartNewParams{Data: file}))
			got, _ := w.contentOf(must(w.complete(upload, part.ID)).File.ID)
			equal(got, content)
		},
		"upload_cancel": func() {
			upload := w.newUpload(3)
			part := must(w.addPart(upload, []byte("abc")))
			cancelled := must(w.client.Uploads.Cancel(w.ctx, upload.ID))
			equal(cancelled.Status, openai.UploadStatusCancelled)
			refusal := w.refusedOnce(400, func() error {
				_, err := w.addPart(upload, []byte("def"))
				return err
			})
			holds(strings.Contains(refusal.Message, "is not pending (status: cancelled)"), refusal.Message)
			w.refusedOnce(400, func() error { _, err := w.complete(upload, part); return err })
		},
		"upload_cancel_again": func() {
			upload := w.newUpload(1)
			first := must(w.client.Uploads.Cancel(w.ctx, upload.ID))
			equal(must(w.client.Uploads.Cancel(w.ctx, upload.ID)).RawJSON(), first.RawJSON())
		},
		"upload_complete_again": func() {
			upload := w.newUpload(3)
			one, two := must(w.addPart(upload, []byte("abc"))), must(w.addPart(upload, []byte("abc")))
			first := must(w.complete(upload, one))
			equal(must(w.complete(upload, one)).RawJSON(), first.RawJSON())
			_, err := w.complete(upload, two)
			refused(err, 400)
		},
		"upload_md5": func() {
			content := randomBytes(100_000)
			upload := w.newUpload(len(content))
			params := openai.UploadCompleteParams{
				PartIDs: []string{must(w.addPart(upload, content))}, Md5: openai.String(md5Of(nil))}
			_, err := w.client.Uploads.Complete(w.ctx, upload.ID, params)
			equal(refused(err, 400).Param, "md5")
			params.Md5 = openai.String(md5Of(content))
			done := must(w.client.Uploads.Complete(w.ctx, upload.ID, params))
			equal(done.Status, openai.UploadStatusCompleted)
		},
		"upload_wrong_sum": func() {
			upload := w.newUpload(6)
			first := must(w.addPart(upload, []byte("abc")))
			_, err := w.complete(upload, first)
			refused(err, 400)
			second := must(w.addPart(upload, []byte("def")))
			got, _ := w.contentOf(must(w.complete(upload, second, first)).File.ID)
			equal(string(got), "defabc")
		},
		"upload_wrong_part_ids": func() {
			_, err := w.complete(w.newUpload(3), "part_unknown")
			refusal := refused(err, 400)
			equal(refusal.Param, "part_ids")
			holds(strings.Contains(refusal.Message, "part_unknown"), refusal.Message)
		},
		"upload_expires_after": func() {
			upload := w.newUpload(0, func(p *openai.UploadNewParams) {
				p.Purpose = openai.FilePurposeUserData
				p.ExpiresAfter = openai.UploadNewParamsExpiresAfter{Seconds: 7200}
			})
			done := must(w.client.Uploads.Complete(w.ctx, upload.ID,
				openai.UploadCompleteParams{PartIDs: []string{}}))
			equal(done.File.ExpiresAt, upload.CreatedAt+7200)
		},
		"upload_idempotent": func() {
			key := option.WithHeader("Idempotency-Key", "go-"+hex.EncodeToString(randomBytes(8)))
			params := openai.UploadNewParams{Bytes: 1, Filename: "once", MimeType: "",
				Purpose: openai.FilePurposeBatch}
			first := must(w.client.Uploads.New(w.ctx, params, key))
			equal(must(w.client.Uploads.New(w.ctx, params, key)).ID, first.ID)
			params.Bytes = 2
			_, err := w.client.Uploads.New(w.ctx, params, key)
			refused(err, 400)
		},
	}
}

func (w *World) files() map[string]scenario {
	return map[string]scenario{
		"file_create": func() {
			file := must(w.client.Files.New(w.ctx, openai.FileNewParams{
				File: named([]byte("x"), "größe 文件.txt"), Purpose: openai.FilePurposeAssistants}))
			equal(file.Filename, "größe 文件.txt")
			equal(string(file.Status), "processed")
		},
		"file_create_stream": func() {
			content := randomBytes(3_000_000)
			opened := w.openFile("large.bin", content)
			defer opened.Close()
			file := must(w.client.Files.New(w.ctx, openai.FileNewParams{
				File: opened, Purpose: openai.FilePurposeUserData}))
			equal(filepath.Base(file.Filename), "large.bin")
			got, _ := w.contentOf(file.ID)
			equal(got, content)
		},
		"file_expires_after": func() {
			file := must(w.client.Files.New(w.ctx, openai.FileNewParams{
				File: named([]byte("x"), "x"), Purpose: openai.FilePurposeUserData,
				ExpiresAfter: openai.FileNewParamsExpiresAfter{Seconds: 3600}}))
			equal(file.ExpiresAt, file.CreatedAt+3600)
		},
		"file_pages": func() {
			var made, seen []string
			mine := map[string]bool{}
			for range 7 {
				id := w.newFile([]byte("x"), openai.FilePurposeVision).ID
				made, mine[id] = append(made, id), true
			}
			pager := w.client.Files.ListAutoPaging(w.ctx, openai.FileListParams{
				Limit: openai.Int(2), Order: openai.FileListParamsOrderAsc,
				Purpose: openai.String("vision")})
			for pager.Next() {
				if id := pager.Current().ID; mine[id] {
					seen = append(seen, id)
				}
			}
			equal(pager.Err(), nil)
			equal(seen, made)
		},
		"file_list_filter": func() {
			vision := w.newFile([]byte("x"), openai.FilePurposeVision)
			other := w.newFile([]byte("x"), openai.FilePurposeUserData)
			page := must(w.client.Files.List(w.ctx, openai.FileListParams{Purpose: openai.String("vision")}))
			equal(page.Data[0].ID, vision.ID)
			for _, file := range page.Data {
				equal(string(file.Purpose), "vision")
			}
			page = must(w.client.Files.List(w.ctx, openai.FileListParams{Limit: openai.Int(1)}))
			equal(page.Data[0].ID, other.ID)
		},
		"file_retrieve": func() {
			file := w.newFile([]byte("x"), openai.FilePurposeUserData)
			equal(must(w.client.Files.Get(w.ctx, file.ID)).RawJSON(), file.RawJSON())
		},
		"file_content": func() {
			content := randomBytes(200_000)
			got, _ := w.contentOf(w.newFile(content, openai.FilePurposeUserData).ID)
			equal(got, content)
		},
		"file_content_stream": func() {
			content := randomBytes(2_000_000)
			file := w.newFile(content, openai.FilePurposeUserData)
			answer := must(w.client.Files.Content(w.ctx, file.ID))
			defer answer.Body.Close()
			digest := md5.New()
			must(io.CopyBuffer(digest, answer.Body, make([]byte, 8192)))
			equal(hex.EncodeToString(digest.Sum(nil)), md5Of(content))
		},
		"file_content_range": func() {
			file := w.newFile([]byte("0123456789"), openai.FilePurposeUserData)
			got, answer := w.contentOf(file.ID, option.WithHeader("Range", "bytes=2-5"))
			equal(answer.StatusCode, 206)
			equal(string(got), "2345")
		},
		"file_delete": func() {
			id := w.newFile([]byte("x"), openai.FilePurposeUserData).ID
			deleted := must(w.client.Files.Delete(w.ctx, id))
			holds(deleted.Deleted && deleted.ID == id, "deleted")
			w.refusedOnce(404, func() error { _, err := w.client.Files.Get(w.ctx, id); return err })
			w.refusedOnce(404, func() error { _, err := w.client.Files.Content(w.ctx, id); return err })
			w.refusedOnce(404, func() error { _, err := w.client.Files.Delete(w.ctx, id); return err })
		},
		"error_purpose": func() {
			_, err := w.client.Files.New(w.ctx, openai.FileNewParams{
				File: named([]byte("x"), "x"), Purpose: "poetry"})
			refusal := refused(err, 400)
			equal(refusal.Param, "purpose")
			equal(refusal.Type, "invalid_request_error")
		},
		"error_key": func() {
			stranger := openai.NewClient(option.WithAPIKey("pw-wrong-key-that-nobody-made"))
			_, err := stranger.Files.Get(w.ctx, "file-x")
			refusal := refused(err, 401)
			equal(refusal.Code, "invalid_api_key")
			holds(!strings.Contains(refusal.Message, "wrong-key-that-nobody"), "the key is masked")
		},
		"error_not_found": func() {
			refusal := w.refusedOnce(404, func() error { _, err := w.client.Files.Get(w.ctx, "file-x"); return err })
			holds(strings.Contains(refusal.Message, "No such File object: file-x"), refusal.Message)
		},
		"raw_response": func() {
			var answer *http.Response
			w.newFileWith(option.WithResponseInto(&answer))
			equal(answer.Header.Get("openai-version"), "2020-10-01")
			holds(strings.HasPrefix(answer.Header.Get("x-request-id"), "req_"), "a request id")
		},
		"azure_client": func() {
			origin := strings.TrimSuffix(os.Getenv("OPENAI_BASE_URL"), "/v1")
			client := openai.NewClient(azure.WithEndpoint(origin, "2024-10-21"),
				azure.WithAPIKey(os.Getenv("OPENAI_API_KEY")), azure.WithUnsafeAllowHTTP())
			other := &World{ctx: w.ctx, client: client}
			upload := other.newUpload(3)
			done := must(other.complete(upload, must(other.addPart(upload, []byte("abc")))))
			got, _ := other.contentOf(done.File.ID)
			equal(string(got), "abc")
			other.newFile([]byte("x"), openai.FilePurposeUserData)
		},
	}
}

func (w *World) newFileWith(options ...option.RequestOption) *openai.FileObject {
	return must(w.client.Files.New(w.ctx, openai.FileNewParams{
		File: named([]byte("x"), "x"), Purpose: openai.FilePurposeUserData}, options...))
}
