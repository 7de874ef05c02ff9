package main

import (
	"bytes"
	"fmt"
	"math"

	"github.com/anishathalye/porcupine"
)

// The model of one upload: what each verb may answer, and what it changes. Uploads share nothing,
// so each has a history of its own.

type verb int

const (
	addPart verb = iota
	complete
	cancel
	get
	listParts
	readContent
	expire // No request: the deadline, which passes at a known time.
)

var verbNames = []string{"add", "complete", "cancel", "get", "list", "content", "expire"}

type status int

const (
	pending status = iota
	completed
	cancelled
	expired
)

var statusNames = map[string]status{
	"pending": pending, "completed": completed, "cancelled": cancelled, "expired": expired,
}

type answer int

const (
	inDoubt    answer = iota // The answer was lost, or says that the outcome is unknown.
	done                     // A success.
	ended                    // Refused, because the upload has the status that it says.
	gone                     // Refused, because there is no such upload or content (any more).
	invalid                  // Refused for what it asks for.
	surprising               // Nothing that a right server may answer.
)

var answerNames = []string{"in doubt", "done", "ended", "gone", "invalid", "surprising"}

// What was asked. Parts are numbered within their upload; `list` has their numbers in order.
type input struct {
	verb   verb
	part   int
	list   string
	wanted int    // How many parts make the declared size.
	tags   []byte // Part -> which content it has: a repeated part has that of the first.
	wrong  bool   // A complete names an md5 that these parts do not have.
}

type output struct {
	answer answer
	status status // Of `ended`, and of a `get` that is done.
	parts  uint64 // Of a list, as a set of bits.
	file   string // Of a complete, and of a `get` of a completed upload.
	tags   string // Of content: which parts' contents it consists of.
	note   string // For people: what was surprising.
}

// Comparable: Porcupine keeps what it has seen.
type upload struct {
	status status
	parts  uint64
	chosen string // The parts of its file, in order.
	file   string // Empty where nobody has seen it yet.
}

func (state upload) completes(in input) bool {
	if len(in.list) != in.wanted || in.wrong {
		return false
	}
	var seen uint64
	for _, part := range []byte(in.list) {
		bit := uint64(1) << part
		if state.parts&bit == 0 || seen&bit != 0 {
			return false
		}
		seen |= bit
	}
	return true
}

// Whether this file may be that of the upload, and the upload with it.
func (state upload) withFile(file string) (bool, upload) {
	if state.file == "" {
		state.file = file
	}
	return file == "" || state.file == file, state
}

// The rules in which servers rightly differ.
type dialect struct {
	// An ended upload is unknown, as with S3: its verbs answer `gone`.
	endedIsGone bool
}

func (rules dialect) step(state upload, in input, out output) (bool, upload) {
	if out.answer == surprising {
		return false, state
	}
	if out.answer == gone {
		if in.verb == readContent {
			return state.status != completed, state
		}
		return rules.endedIsGone && state.status != pending, state
	}
	if out.answer == ended {
		sameAgain := in.verb == complete && state.chosen == in.list && !in.wrong &&
			out.status == completed
		return out.status != pending && state.status == out.status && !sameAgain, state
	}
	switch in.verb {
	case addPart:
		return rules.stepAdd(state, in, out)
	case complete:
		return rules.stepComplete(state, in, out)
	case cancel:
		return rules.stepCancel(state, out)
	case expire:
		if state.status == pending {
			state.status, state.parts = expired, 0
		}
		return true, state
	}
	return observe(state, in, out)
}

func (rules dialect) stepAdd(state upload, in input, out output) (bool, upload) {
	if state.status != pending {
		return out.answer == inDoubt, state
	}
	state.parts |= 1 << in.part
	return out.answer == done || out.answer == inDoubt, state
}

func (rules dialect) stepComplete(state upload, in input, out output) (bool, upload) {
	may := state.status == pending && state.completes(in)
	// S3 says of a repeated complete that it succeeds, and not that it compares the lists. The content
	// stays that of the first.
	again := state.status == completed && !in.wrong &&
		(state.chosen == in.list || rules.endedIsGone)
	switch out.answer {
	case invalid:
		return state.status == pending && !may, state
	case inDoubt:
		if may {
			return true, upload{status: completed, chosen: in.list}
		}
		return true, state
	}
	if may {
		return true, upload{status: completed, chosen: in.list, file: out.file}
	}
	if !again {
		return false, state
	}
	return state.withFile(out.file)
}

func (rules dialect) stepCancel(state upload, out output) (bool, upload) {
	if out.answer != done && out.answer != inDoubt {
		return false, state
	}
	if state.status == pending {
		return true, upload{status: cancelled}
	}
	// S3 lets an abort of what has ended succeed, and change nothing.
	return state.status == cancelled || out.answer == inDoubt || rules.endedIsGone, state
}

// Verbs that change nothing: one in doubt says nothing.
func observe(state upload, in input, out output) (bool, upload) {
	if out.answer == inDoubt {
		return true, state
	}
	switch {
	case out.answer != done:
		return false, state
	case in.verb == listParts:
		return state.parts == out.parts, state
	case in.verb == get:
		if state.status != out.status {
			return false, state
		}
		return state.withFile(out.file)
	}
	if state.status != completed {
		return false, state
	}
	expected := make([]byte, 0, len(state.chosen))
	for _, part := range []byte(state.chosen) {
		expected = append(expected, in.tags[part])
	}
	return bytes.Equal(expected, []byte(out.tags)), state
}

// Forever: when an operation returns whose answer never came.
const forever = math.MaxInt64

func (rules dialect) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return upload{} },
		Step: func(state, in, out any) (bool, any) {
			return rules.step(state.(upload), in.(input), out.(output))
		},
		DescribeOperation: func(in, out any) string {
			return describe(in.(input), out.(output))
		},
	}
}

func describe(in input, out output) string {
	text := verbNames[in.verb]
	switch in.verb {
	case addPart:
		text += fmt.Sprintf(" %d", in.part)
	case complete:
		text += fmt.Sprintf(" %v", []byte(in.list))
		if in.wrong {
			text += " (wrong md5)"
		}
	}
	text += ": " + answerNames[out.answer]
	switch {
	case out.answer == ended || (in.verb == get && out.answer == done):
		text += fmt.Sprintf(" status %d", out.status)
	case in.verb == listParts:
		text += fmt.Sprintf(" %b", out.parts)
	case in.verb == readContent:
		text += fmt.Sprintf(" %v", []byte(out.tags))
	}
	return text + " " + out.file + out.note
}
