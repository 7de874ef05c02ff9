package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// One upload and the clients that share it, each doing what chance tells it to, and the history of
// what they asked and were answered.

const (
	clientsPerUpload    = 3
	operationsPerClient = 8
	deadlineSlack       = time.Second // Times are in whole seconds on the wire.
)

type event struct {
	client     int
	call, back int64 // Nanoseconds since the start of the run.
	in         input
	out        output
	ids        []string     // Of a complete: the parts that it names.
	listed     []listedPart // Of a list.
	id         string       // Of an answered add.
	content    []byte       // That was read.
}

type story struct {
	server target
	began  time.Time // Of the run.
	upload createdUpload
	wanted int
	size   int // Of each part.

	mutex    sync.Mutex
	events   []event         // Guarded by mutex.
	contents [][]byte        // Guarded by mutex. Part -> its content.
	tags     []byte          // Guarded by mutex. Part -> the first part with that content.
	cuts     map[string]bool // Guarded by mutex. Digests of bodies that broke off.
	known    []string        // Guarded by mutex. Ids of answered parts.
	file     string          // Guarded by mutex. Empty until somebody saw it.
}

func newStory(server target, began time.Time, dice *rand.Rand) (*story, error) {
	s := &story{server: server, began: began, cuts: map[string]bool{}}
	s.wanted = 1 + dice.IntN(server.partsMax())
	s.size = 16 + dice.IntN(4096)
	var err error
	s.upload, err = server.create(s.wanted * s.size)
	return s, err
}

func (s *story) now() int64 { return time.Since(s.began).Nanoseconds() }

func (s *story) keep(one event) {
	if wasNeverSent(one.out) {
		time.Sleep(5 * time.Millisecond) // The server is being started again.
		return
	}
	one.back = s.now()
	if one.out.answer == inDoubt {
		one.back = forever
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.events = append(s.events, one)
	if one.id != "" {
		s.known = append(s.known, one.id)
	}
	if one.out.file != "" {
		s.file = one.out.file
	}
}

// A context that now and then gives up before the answer.
func impatience(dice *rand.Rand) (context.Context, context.CancelFunc) {
	if dice.IntN(30) != 0 {
		return context.WithCancel(context.Background())
	}
	return context.WithTimeout(context.Background(), time.Duration(dice.IntN(4000))*time.Microsecond)
}

func (s *story) play(client, operations int, dice *rand.Rand) {
	for range operations {
		ctx, stop := impatience(dice)
		switch chance := dice.IntN(100); {
		case chance < 40:
			s.addPart(ctx, client, dice)
		case chance < 52:
			s.complete(ctx, client, dice)
		case chance < 54:
			one := event{client: client, call: s.now(), in: input{verb: cancel}}
			one.out = s.server.cancel(ctx, s.upload)
			s.keep(one)
		case chance < 72:
			s.get(ctx, client)
		case chance < 87:
			s.list(ctx, client)
		default:
			s.read(ctx, client)
		}
		stop()
	}
}

func (s *story) get(ctx context.Context, client int) {
	one, has := event{client: client, call: s.now(), in: input{verb: get}}, false
	if one.out, has = s.server.get(ctx, s.upload); has {
		s.keep(one)
	}
}

func (s *story) list(ctx context.Context, client int) {
	one := event{client: client, call: s.now(), in: input{verb: listParts}}
	one.listed, one.out = s.server.list(ctx, s.upload)
	s.keep(one)
}

func (s *story) read(ctx context.Context, client int) {
	s.mutex.Lock()
	file := s.file
	s.mutex.Unlock()
	if file == "" {
		s.list(ctx, client)
		return
	}
	one := event{client: client, call: s.now(), in: input{verb: readContent}}
	one.content, one.out = s.server.content(ctx, s.upload, file)
	s.keep(one)
}

// The next part: fresh content, or that of an earlier one again.
func (s *story) nextPart(dice *rand.Rand) (part, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	number := len(s.contents)
	if number == 64 { // The model has them as bits.
		return part{}, false
	}
	tag := byte(number)
	content := make([]byte, s.size)
	for i := range content {
		content[i] = byte(dice.Uint32())
	}
	if number > 0 && dice.IntN(8) == 0 {
		tag = s.tags[dice.IntN(number)]
		content = s.contents[tag]
	}
	s.contents, s.tags = append(s.contents, content), append(s.tags, tag)
	return part{number, content, -1}, true
}

var errCut = errors.New("this body breaks off here")

// A body that breaks off.
type brokenBody struct{ io.Reader }

func (b brokenBody) Read(out []byte) (int, error) {
	count, err := b.Reader.Read(out)
	if err == io.EOF {
		err = errCut
	}
	return count, err
}

// A body in pieces, with pauses between them.
type slowBody struct{ rest []byte }

func (b *slowBody) Read(out []byte) (int, error) {
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	time.Sleep(2 * time.Millisecond)
	count := copy(out, b.rest[:1+len(b.rest)/4])
	b.rest = b.rest[count:]
	return count, nil
}

func (s *story) addPart(ctx context.Context, client int, dice *rand.Rand) {
	next, has := s.nextPart(dice)
	if !has {
		return
	}
	var body io.Reader = bytes.NewReader(next.content)
	switch dice.IntN(10) {
	case 0:
		body = &slowBody{next.content}
	case 1:
		s.cutPart(ctx, next, dice)
		return
	}
	one := event{client: client, call: s.now(), in: input{verb: addPart, part: next.number}}
	one.id, one.out = s.server.add(ctx, s.upload, next, body)
	s.keep(one)
}

// A part that can never be one. Its content is like no other, so that it would be seen.
func (s *story) cutPart(ctx context.Context, next part, dice *rand.Rand) {
	next.content = slices.Clone(next.content)
	next.content[0] ^= 0xff
	next.cut = dice.IntN(len(next.content))
	digest := md5.Sum(next.content)
	s.mutex.Lock()
	s.cuts[hex.EncodeToString(digest[:])] = true
	s.mutex.Unlock()
	body := brokenBody{bytes.NewReader(next.content[:next.cut])}
	_, out := s.server.add(ctx, s.upload, next, body)
	if out.answer == done {
		s.keep(event{call: s.now(), in: input{verb: addPart, part: next.number},
			out: output{answer: surprising, note: "a body that broke off was accepted"}})
	}
}

func (s *story) complete(ctx context.Context, client int, dice *rand.Rand) {
	s.mutex.Lock()
	known := slices.Clone(s.known)
	s.mutex.Unlock()
	if len(known) == 0 {
		return
	}
	slices.Sort(known) // Two clients often choose the same list.
	if dice.IntN(2) == 0 {
		dice.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
	}
	count := s.wanted
	if dice.IntN(6) == 0 {
		count = 1 + dice.IntN(s.server.partsMax())
	}
	one := event{client: client, in: input{verb: complete}}
	one.ids = known[:min(count, len(known))]
	if dice.IntN(12) == 0 {
		one.ids = append(one.ids, one.ids[0]) // Named twice.
	}
	digest := ""
	if s.server.knowsDigests() && dice.IntN(5) == 0 {
		one.in.wrong = dice.IntN(3) == 0
		digest = s.digestOf(one.ids, one.in.wrong)
	}
	one.call = s.now()
	one.out = s.server.complete(ctx, s.upload, one.ids, digest)
	s.keep(one)
}

// Of the file that these parts make; or of another one.
func (s *story) digestOf(ids []string, wrong bool) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	sum := md5.New()
	for _, id := range ids {
		for _, one := range s.events {
			if one.id == id {
				sum.Write(s.contents[one.in.part])
			}
		}
	}
	if wrong {
		sum.Write([]byte("?"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Plays it to its end. Some wait for the deadline.
func (s *story) run(dice *rand.Rand) {
	waits := !s.upload.deadline.IsZero() && dice.IntN(50) == 0
	var clients sync.WaitGroup
	for client := range clientsPerUpload {
		own := rand.New(rand.NewPCG(dice.Uint64(), dice.Uint64()))
		clients.Add(1)
		go func() {
			defer clients.Done()
			s.play(client, operationsPerClient/2, own)
			if waits {
				time.Sleep(time.Until(s.upload.deadline.Add(time.Duration(own.IntN(200)-100) *
					time.Millisecond)))
			}
			s.play(client, operationsPerClient/2, own)
		}()
	}
	clients.Wait()
	quiet := context.Background()
	s.get(quiet, 0)
	s.list(quiet, 0)
	s.read(quiet, 0)
}

// The part that an id names. An id that no answer gave belongs to the first add in doubt with that
// content; below zero: to none.
func (s *story) resolve() (map[string]int, error) {
	parts := map[string]int{}
	for _, one := range s.events {
		if one.id != "" {
			parts[one.id] = one.in.part
		}
	}
	doubtful := map[string][]event{}
	for _, one := range s.events {
		if one.in.verb == addPart && one.out.answer == inDoubt {
			digest := md5.Sum(s.contents[one.in.part])
			key := hex.EncodeToString(digest[:])
			doubtful[key] = append(doubtful[key], one)
		}
	}
	for _, one := range s.events {
		for _, listed := range one.listed {
			if _, known := parts[listed.id]; known {
				continue
			}
			if listed.number >= 0 {
				parts[listed.id] = listed.number
				continue
			}
			candidates := doubtful[listed.digest]
			if len(candidates) == 0 {
				return nil, fmt.Errorf("%s was listed, and nobody added it (cut: %v)", listed.id,
					s.cuts[listed.digest])
			}
			slices.SortFunc(candidates, func(a, b event) int { return int(a.call - b.call) })
			parts[listed.id], doubtful[listed.digest] = candidates[0].in.part, candidates[1:]
		}
	}
	return parts, nil
}

// The history as Porcupine reads it.
func (s *story) history() ([]porcupine.Operation, error) {
	parts, err := s.resolve()
	if err != nil {
		return nil, err
	}
	seen := map[int]bool{}
	for _, part := range parts {
		seen[part] = true
	}
	var last int64
	history := make([]porcupine.Operation, 0, len(s.events)+1)
	for _, one := range s.events {
		last = max(last, one.call)
		if one.back != forever {
			last = max(last, one.back)
		}
		if one.out.answer == inDoubt && (one.in.verb != addPart || !seen[one.in.part]) &&
			one.in.verb != complete && one.in.verb != cancel {
			continue // It changed nothing that anybody saw.
		}
		one.in.wanted, one.in.tags = s.wanted, s.tags
		for _, id := range one.ids {
			one.in.list += string([]byte{byte(parts[id])})
		}
		for _, listed := range one.listed {
			one.out.parts |= 1 << parts[listed.id]
		}
		if one.content != nil {
			if one.out.tags, err = s.tagsOf(one.content); err != nil {
				return nil, err
			}
		}
		history = append(history, porcupine.Operation{
			ClientId: one.client, Input: one.in, Call: one.call, Output: one.out, Return: one.back})
	}
	if deadline := s.upload.deadline.Sub(s.began).Nanoseconds(); !s.upload.deadline.IsZero() &&
		deadline < last {
		history = append(history, porcupine.Operation{ClientId: clientsPerUpload,
			Input: input{verb: expire}, Call: deadline, Output: output{answer: inDoubt},
			Return: deadline + deadlineSlack.Nanoseconds()})
	}
	return history, nil
}

// Which parts' contents these bytes consist of.
func (s *story) tagsOf(content []byte) (string, error) {
	tags := ""
	for rest := content; len(rest) > 0; {
		size := min(s.size, len(rest))
		at := slices.IndexFunc(s.contents, func(one []byte) bool { return bytes.Equal(one, rest[:size]) })
		if at < 0 {
			return "", fmt.Errorf("content of %d bytes, with %d that nobody sent", len(content), size)
		}
		tags += string([]byte{s.tags[at]})
		rest = rest[size:]
	}
	return tags, nil
}
