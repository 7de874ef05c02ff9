package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Of the violations, in full.
const shownMax = 10

// Of the server: the run itself went well.
var errNotLinearizable = errors.New("not linearizable")

// What was done, and what was wrong. Error: something was.
func (t *tally) report(server target, name string, took time.Duration) error {
	for _, outcome := range slices.Sorted(maps.Keys(t.outcomes)) {
		fmt.Printf("  %-24s %8d\n", outcome, t.outcomes[outcome])
	}
	for _, violation := range t.violations[:min(len(t.violations), shownMax)] {
		fmt.Println("VIOLATION:", strings.TrimRight(violation, "\n"))
	}
	for _, kind := range slices.Sorted(maps.Keys(t.kinds)) {
		fmt.Printf("  %4d uploads with %s\n", t.kinds[kind], kind)
	}
	fmt.Printf("linearizability of %s: %d operations on %d uploads, %d kills, %d violations, "+
		"%d undecided, %.0f s\n", name, t.operations, t.uploads, server.process().kills-1,
		len(t.violations), t.undecided, took.Seconds())
	if t.failure != nil {
		return t.failure
	}
	if err := server.inspect(); err != nil {
		return err
	}
	if len(t.violations) > 0 || t.undecided > 0 {
		return errNotLinearizable
	}
	return nil
}
