// Concurrent clients against a real server that is killed and started again, and a proof for every
// upload that its answers have an order in which one upload behaves as docs/api.md says.
//
// Usage: linearizability -target NAME -binary PATH [-operations N] [-seed N] [-kills=false]
package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

const (
	stories      = 8 // At the same time.
	checkTimeout = time.Minute

	exitNotLinearizable = 3 // Anything else that is not 0 says nothing of the server.
)

type tally struct {
	mutex         sync.Mutex
	operations    int // Guarded by mutex, as is all that follows.
	uploads       int
	outcomes      map[string]int
	violations    []string
	kinds         map[string]int
	undecided     int
	violationsMax int   // Constant. After so many there is nothing to learn.
	failure       error // Of the driver: nothing can be said.
}

func (t *tally) enough(wanted int) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.operations >= wanted || len(t.violations) >= t.violationsMax || t.failure != nil
}

func (t *tally) fail(err error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.failure == nil {
		t.failure = err
	}
}

func (t *tally) add(s *story) {
	verdict, kind, text := judge(s)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.uploads++
	t.operations += len(s.events)
	for _, one := range s.events {
		t.outcomes[outcomeOf(one)]++
	}
	switch verdict {
	case porcupine.Illegal:
		t.violations = append(t.violations, text)
		t.kinds[kind]++
	case porcupine.Unknown:
		t.undecided++
	}
}

func outcomeOf(one event) string {
	text := verbNames[one.in.verb] + " " + answerNames[one.out.answer]
	for name, status := range statusNames {
		if one.out.answer == ended && status == one.out.status {
			return text + " " + name
		}
	}
	return text
}

// Whether the history has an order, and if not, of which kind it is, and the history.
func judge(s *story) (verdict porcupine.CheckResult, kind, text string) {
	history, err := s.history()
	if err != nil {
		return porcupine.Illegal, "something that nobody sent", fmt.Sprintf("%s: %v\n", s.upload.id, err)
	}
	model := s.server.rules().model()
	verdict = porcupine.CheckOperationsTimeout(model, history, checkTimeout)
	if verdict == porcupine.Ok {
		return verdict, "", ""
	}
	kind = kindOf(model, history)
	return verdict, kind, fmt.Sprintf("%s, %s:\n%s", s.upload.id, kind, s.text(history))
}

func (s *story) text(history []porcupine.Operation) string {
	lines := ""
	for _, one := range history {
		back := "never"
		if one.Return != forever {
			back = fmt.Sprintf("%.3f", float64(one.Return)/1e6)
		}
		lines += fmt.Sprintf("  client %d, %.3f to %s ms: %s\n", one.ClientId,
			float64(one.Call)/1e6, back, describe(one.Input.(input), one.Output.(output)))
	}
	return lines
}

func playAll(server target, wanted int, seed uint64, result *tally) {
	began := time.Now()
	var players sync.WaitGroup
	for player := range stories {
		dice := rand.New(rand.NewPCG(seed, uint64(player)))
		players.Add(1)
		go func() {
			defer players.Done()
			for !result.enough(wanted) {
				one, err := newStory(server, began, dice)
				if err != nil {
					result.fail(err)
					return
				}
				one.run(dice)
				result.add(one)
				server.tidy(one.upload, one.file)
			}
		}()
	}
	players.Wait()
}

// Kills the server at random moments until `stop` is closed.
func killNowAndThen(server target, dice *rand.Rand, stop <-chan struct{}, result *tally) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(300+dice.IntN(1500)) * time.Millisecond):
		}
		if err := server.process().killAndRestart(); err != nil {
			result.fail(err)
			return
		}
	}
}

func newTarget(name, binary, folder string) (target, error) {
	connections := stories * clientsPerUpload
	switch name {
	case "partwise":
		return newPartwise(binary, folder, connections), nil
	case "versitygw", "minio":
		return newS3(name, binary, folder, connections), nil
	}
	return nil, fmt.Errorf("there is no target %q", name)
}

func run() error {
	name := flag.String("target", "partwise", "partwise, versitygw or minio")
	binary := flag.String("binary", "", "its program")
	operations := flag.Int("operations", 20000, "how many, at least")
	seed := flag.Uint64("seed", rand.Uint64(), "of what the clients do")
	kills := flag.Bool("kills", true, "kill the server now and then")
	violations := flag.Int("violations", 10, "after how many to end")
	flag.Parse()
	folder, err := os.MkdirTemp("", "linearizability-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	server, err := newTarget(*name, *binary, folder)
	if err != nil {
		return err
	}
	process := server.process()
	if process.log, err = os.Create(filepath.Join(folder, "log")); err != nil {
		return err
	}
	if process.port, err = freePort(); err != nil {
		return err
	}
	defer func() { _ = process.kill() }() // Where an error ends the run before.
	if err := process.start(); err != nil {
		return err
	}
	if err := server.prepare(); err != nil {
		return err
	}
	fmt.Printf("linearizability of %s: %d operations, seed %d\n", *name, *operations, *seed)
	result := &tally{outcomes: map[string]int{}, kinds: map[string]int{}, violationsMax: *violations}
	stop, killer := make(chan struct{}), sync.WaitGroup{}
	if *kills {
		killer.Add(1)
		go func() {
			defer killer.Done()
			killNowAndThen(server, rand.New(rand.NewPCG(*seed, 1<<32)), stop, result)
		}()
	}
	began := time.Now()
	playAll(server, *operations, *seed, result)
	close(stop)
	killer.Wait()
	if err := process.kill(); err != nil {
		result.fail(err)
	}
	return result.report(server, *name, time.Since(began))
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, errNotLinearizable) {
			os.Exit(exitNotLinearizable)
		}
		os.Exit(1)
	}
}
