package main

import (
	"slices"

	"github.com/anishathalye/porcupine"
)

// What is wrong with a history, by what has to be ignored of it to make it right: the first of these
// that suffices.
var kinds = []struct {
	name   string
	ignore func(in input, out output) bool
}{
	{"a list of parts that no order explains",
		func(in input, out output) bool { return in.verb == listParts && out.answer == done }},
	{"content that no order explains",
		func(in input, out output) bool { return in.verb == readContent }},
	{"a part acknowledged that cannot be there",
		func(in input, out output) bool { return in.verb == addPart && out.answer == done }},
	{"a complete acknowledged that cannot have happened",
		func(in input, out output) bool { return in.verb == complete && out.answer == done }},
	{"a cancel acknowledged that did not hold",
		func(in input, out output) bool { return in.verb == cancel && out.answer == done }},
	{"a refusal that no order explains", func(in input, out output) bool {
		return out.answer == ended || out.answer == gone || out.answer == invalid
	}},
	{"an answer that no server may give",
		func(in input, out output) bool { return out.answer == surprising }},
}

// The history without what is ignored: a change then is in doubt, and may have happened or not.
func weakened(history []porcupine.Operation, ignore func(in input, out output) bool) (
	weaker []porcupine.Operation) {
	for _, one := range history {
		in, out := one.Input.(input), one.Output.(output)
		if ignore(in, out) {
			if out.answer != done || !slices.Contains([]verb{addPart, complete, cancel}, in.verb) {
				continue
			}
			one.Output, one.Return = output{answer: inDoubt}, forever
		}
		weaker = append(weaker, one)
	}
	return weaker
}

func kindOf(model porcupine.Model, history []porcupine.Operation) string {
	for _, kind := range kinds {
		weaker := weakened(history, kind.ignore)
		if porcupine.CheckOperationsTimeout(model, weaker, checkTimeout) == porcupine.Ok {
			return kind.name
		}
	}
	return "more than one of these"
}
