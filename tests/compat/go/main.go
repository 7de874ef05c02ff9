// The scenarios of ../scenarios.json by the official Go SDK.
//
// Usage: compat SCENARIOS RESULTS: reads the list, and writes
// {"sdk", "passed", "failed": {id: reason}, "absent": {id: reason}}.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"strings"
)

type results struct {
	SDK    string            `json:"sdk"`
	Passed []string          `json:"passed"`
	Failed map[string]string `json:"failed"`
	Absent map[string]string `json:"absent"`
}

func sdkVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if strings.HasPrefix(dependency.Path, "github.com/openai/openai-go") {
			return "openai-go " + strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return "openai-go"
}

// Empty where the scenario passed.
func run(one scenario) (reason string) {
	defer func() {
		if failure := recover(); failure != nil {
			reason = fmt.Sprintf("%v\n%s", failure, debug.Stack())
		}
	}()
	one()
	return ""
}

func main() {
	var list struct {
		Scenarios []struct{ ID string }
	}
	if err := json.Unmarshal(must(os.ReadFile(os.Args[1])), &list); err != nil {
		panic(err)
	}
	w := newWorld()
	written := w.uploads()
	maps.Copy(written, w.files())
	found := results{SDK: sdkVersion(), Passed: []string{}, Failed: map[string]string{},
		Absent: map[string]string{
			"upload_chunked": "this SDK has no such verb",
			"file_wait":      "this SDK has no such verb",
		}}
	for _, wanted := range list.Scenarios {
		if _, absent := found.Absent[wanted.ID]; absent {
			continue
		}
		one, known := written[wanted.ID]
		if !known {
			found.Failed[wanted.ID] = "not written"
		} else if reason := run(one); reason != "" {
			found.Failed[wanted.ID] = reason
		} else {
			found.Passed = append(found.Passed, wanted.ID)
		}
	}
	if err := os.WriteFile(os.Args[2], must(json.Marshal(found)), 0o600); err != nil {
		panic(err)
	}
}
