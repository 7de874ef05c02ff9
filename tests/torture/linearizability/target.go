package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// What a server is to the load: the verbs on one upload, their answers in the words of the model.
type target interface {
	rules() dialect
	process() *process
	// Whatever there is once the server listens: a bucket.
	prepare() error
	// How many parts make a file; at most this many.
	partsMax() int

	create(bytes int) (upload createdUpload, err error)
	add(ctx context.Context, upload createdUpload, part part, body io.Reader) (string, output)
	// `digest`: the md5 that the file has to have; empty: any. Only where knowsDigests.
	complete(ctx context.Context, upload createdUpload, ids []string, digest string) output
	knowsDigests() bool
	cancel(ctx context.Context, upload createdUpload) output
	// `done` with a status and a file, where the server has such a verb.
	get(ctx context.Context, upload createdUpload) (output, bool)
	list(ctx context.Context, upload createdUpload) ([]listedPart, output)
	content(ctx context.Context, upload createdUpload, file string) ([]byte, output)
	// Leaves nothing of an upload that nobody uses any more, as well as it can.
	tidy(upload createdUpload, file string)
	// Looks at what is left on the disk once the server is stopped.
	inspect() error
}

type createdUpload struct {
	id       string
	deadline time.Time // Zero: it has none.
	bytes    int
}

// A part that is about to be sent.
type part struct {
	number  int
	content []byte
	cut     int // Where the body breaks off; below zero: nowhere.
}

type listedPart struct {
	id     string
	digest string // Of its content, where the server tells it.
	number int    // Below zero: the server has no numbers.
}

// An answer, whatever its status.
type reply struct {
	code int
	body []byte
}

// Asks, and reads all of the answer. Error: there is none; `sent` says whether the request may have
// reached the server.
func ask(client *http.Client, request *http.Request) (answer reply, sent bool, err error) {
	response, err := client.Do(request)
	if err != nil {
		var failure *net.OpError
		refused := errors.As(err, &failure) && failure.Op == "dial"
		return reply{}, !refused, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, true, err
	}
	return reply{response.StatusCode, body}, true, nil
}

// A request that the server never got: it is neither done nor in doubt.
var neverSent = output{answer: surprising, note: "never sent"}

func wasNeverSent(out output) bool { return out == neverSent }

func lostAnswer(sent bool) output {
	if !sent {
		return neverSent
	}
	return output{answer: inDoubt}
}

func decode(body []byte, into any) bool { return json.Unmarshal(body, into) == nil }

// One connection for each of the clients, which are as many as these.
func newClient(connections int) *http.Client {
	return &http.Client{
		Timeout: 20 * time.Second,
		Transport: &http.Transport{
			MaxIdleConns: connections, MaxIdleConnsPerHost: connections,
			DisableCompression: true,
		},
	}
}
