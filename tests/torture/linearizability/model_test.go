package main

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

// One operation of a history that is written down by hand: from, to, asked, answered.
func op(call, back int64, in input, out output) porcupine.Operation {
	in.wanted, in.tags = 2, []byte{0, 1, 2, 0}
	return porcupine.Operation{ClientId: int(call), Input: in, Call: call, Output: out, Return: back}
}

var (
	ok      = output{answer: done}
	lost    = output{answer: inDoubt}
	refused = output{answer: invalid}
)

func add(part int) input         { return input{verb: addPart, part: part} }
func finish(list string) input   { return input{verb: complete, list: list} }
func wrong(list string) input    { return input{verb: complete, list: list, wrong: true} }
func is(s status) output         { return output{answer: done, status: s} }
func no(s status) output         { return output{answer: ended, status: s} }
func file(name string) output    { return output{answer: done, status: completed, file: name} }
func parts(set uint64) output    { return output{answer: done, parts: set} }
func content(tags string) output { return output{answer: done, tags: tags} }

// Two parts, added one after the other.
func withParts(rest ...porcupine.Operation) []porcupine.Operation {
	return append([]porcupine.Operation{op(1, 2, add(0), ok), op(3, 4, add(1), ok)}, rest...)
}

var (
	both  = "\x00\x01"
	other = "\x01\x00"
)

var histories = []struct {
	name    string
	legal   bool
	history []porcupine.Operation
}{
	{"a completed upload", true, withParts(
		op(5, 6, input{verb: listParts}, parts(3)), op(7, 8, finish(both), file("f")),
		op(9, 10, input{verb: get}, file("f")), op(11, 12, input{verb: readContent}, content(both)),
		op(13, 14, finish(both), file("f")), op(15, 16, finish(other), no(completed)),
		op(17, 18, input{verb: cancel}, no(completed)), op(19, 20, add(2), no(completed)),
		op(21, 22, input{verb: listParts}, parts(0)))},
	{"a cancelled upload", true, withParts(
		op(5, 6, input{verb: cancel}, ok), op(7, 8, input{verb: cancel}, ok),
		op(9, 10, finish(both), no(cancelled)), op(11, 12, input{verb: get}, is(cancelled)))},
	{"a part that overlaps the cancel", true, []porcupine.Operation{
		op(1, 4, add(0), ok), op(2, 3, input{verb: cancel}, ok)}},
	{"a complete whose answer was lost, and that happened", true, withParts(
		op(5, forever, finish(both), lost), op(6, 7, input{verb: get}, is(pending)),
		op(8, 9, input{verb: get}, file("f")), op(10, 11, finish(both), file("f")))},
	{"a complete whose answer was lost, and that did not happen", true, withParts(
		op(5, forever, finish(both), lost), op(8, 9, input{verb: cancel}, ok))},
	{"a deadline", true, withParts(
		op(5, 10, input{verb: expire}, lost), op(6, 7, input{verb: get}, is(pending)),
		op(8, 9, input{verb: cancel}, no(expired)))},
	{"a list that lacks a part", true, withParts(
		op(5, 6, finish("\x00"), refused), op(7, 8, finish(both), file("f")))},

	{"a complete with a wrong md5, before and after the right one", true, withParts(
		op(5, 6, wrong(both), refused), op(7, 8, finish(both), file("f")),
		op(9, 10, wrong(both), no(completed)), op(11, 12, finish(both), file("f")))},

	{"a complete with a wrong md5 that succeeds", false, withParts(
		op(5, 6, wrong(both), file("f")))},
	{"a complete that is asked again with a wrong md5 and succeeds", false, withParts(
		op(5, 6, finish(both), file("f")), op(7, 8, wrong(both), file("f")))},
	{"a part accepted after an answered cancel", false, []porcupine.Operation{
		op(1, 2, input{verb: cancel}, ok), op(3, 4, add(0), ok)}},
	{"a part listed after an answered cancel", false, withParts(
		op(5, 6, input{verb: cancel}, ok), op(7, 8, input{verb: listParts}, parts(3)))},
	{"two completes with different files", false, withParts(
		op(5, 6, finish(both), file("f")), op(7, 8, finish(both), file("g")))},
	{"two completes with different lists, both answered", false, withParts(
		op(5, 8, finish(both), file("f")), op(6, 7, finish(other), file("g")))},
	{"a lost complete seen with two files", false, withParts(
		op(5, forever, finish(both), lost), op(6, 7, input{verb: get}, file("f")),
		op(8, 9, finish(both), file("g")))},
	{"a completed upload that becomes cancelled", false, withParts(
		op(5, 6, finish(both), file("f")), op(7, 8, input{verb: cancel}, ok))},
	{"a cancelled upload that becomes completed", false, withParts(
		op(5, 6, input{verb: cancel}, ok), op(7, 8, finish(both), file("f")))},
	{"a cancelled upload that is pending again", false, withParts(
		op(5, 6, input{verb: cancel}, ok), op(7, 8, input{verb: get}, is(pending)))},
	{"a lost cancel that is undone", false, withParts(
		op(5, forever, input{verb: cancel}, lost), op(6, 7, input{verb: get}, is(cancelled)),
		op(8, 9, input{verb: get}, is(pending)))},
	{"an acknowledged part that is lost", false, withParts(
		op(5, 6, input{verb: listParts}, parts(1)))},
	{"an acknowledged part that a complete does not know", false, withParts(
		op(5, 6, finish(both), refused))},
	{"a part that nobody added", false, withParts(
		op(5, 6, input{verb: listParts}, parts(7)))},
	{"a part that vanishes after it was listed", false, []porcupine.Operation{
		op(1, forever, add(0), lost), op(2, 3, input{verb: listParts}, parts(1)),
		op(4, 5, input{verb: listParts}, parts(0))}},
	{"a complete of parts that are not there", false, []porcupine.Operation{
		op(1, 2, finish(both), file("f"))}},
	{"a complete that names a part twice", false, withParts(
		op(5, 6, finish("\x00\x00"), file("f")))},
	{"a complete with a part too few", false, withParts(
		op(5, 6, finish("\x00"), file("f")))},
	{"a repeated complete that is refused", false, withParts(
		op(5, 6, finish(both), file("f")), op(7, 8, finish(both), no(completed)))},
	{"content in another order", false, withParts(
		op(5, 6, finish(both), file("f")), op(7, 8, input{verb: readContent}, content(other)))},
	{"content that is gone", false, withParts(
		op(5, 6, finish(both), file("f")),
		op(7, 8, input{verb: readContent}, output{answer: gone}))},
	{"an upload that is pending after its deadline", false, withParts(
		op(5, 6, input{verb: expire}, lost), op(7, 8, input{verb: get}, is(pending)))},
	{"an upload that expires before its deadline", false, withParts(
		op(5, 6, input{verb: get}, is(expired)), op(7, 8, input{verb: expire}, lost))},
	{"a refusal that names another state", false, withParts(
		op(5, 6, input{verb: cancel}, ok), op(7, 8, add(2), no(expired)))},
	{"a refusal of a pending upload", false, withParts(op(5, 6, add(2), no(completed)))},
	{"an upload that is unknown", false, withParts(
		op(5, 6, input{verb: get}, output{answer: gone}))},
	{"an answer that no server may give", false, withParts(
		op(5, 6, add(2), output{answer: surprising}))},
}

func TestModelTellsRightHistoriesFromWrongOnes(t *testing.T) {
	for _, one := range histories {
		if porcupine.CheckOperations(dialect{}.model(), one.history) != one.legal {
			t.Errorf("%s: expected legal=%v", one.name, one.legal)
		}
	}
}

func TestModelOfS3LetsNoAbortedUploadComplete(t *testing.T) {
	model := dialect{endedIsGone: true}.model()
	unknown := output{answer: gone}
	right := withParts(op(5, 6, input{verb: cancel}, ok), op(7, 8, finish(both), unknown))
	wrong := withParts(op(5, 6, input{verb: cancel}, ok), op(7, 8, finish(both), file("f")))
	early := withParts(op(5, 6, finish(both), unknown))
	if !porcupine.CheckOperations(model, right) || porcupine.CheckOperations(model, wrong) ||
		porcupine.CheckOperations(model, early) {
		t.Error("the model of S3 does not tell right from wrong")
	}
}

func TestKindNamesWhatIsWrong(t *testing.T) {
	for _, one := range []struct {
		kind    string
		history []porcupine.Operation
	}{
		{kinds[0].name, withParts(op(5, 6, input{verb: listParts}, parts(1)))},
		{kinds[2].name, []porcupine.Operation{
			op(1, 2, input{verb: cancel}, ok), op(3, 4, add(0), ok)}},
	} {
		if kind := kindOf((dialect{}).model(), one.history); kind != one.kind {
			t.Errorf("expected %q, got %q", one.kind, kind)
		}
	}
}
