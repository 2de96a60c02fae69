// Oracle asks Argo Rollouts' own code: what a condition makes of a result, and whether a manifest is accepted.
//
// One question a line comes in as JSON, one answer a line goes out, in the same order. The only argument is the folder
// of Argo Rollouts' CustomResourceDefinitions.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
)

// Question is one line of input. Kind says which of the other fields are read.
type Question struct {
	Kind             string          `json:"kind"` // condition, rollout, release or analysistemplate
	As               string          `json:"as"`   // of a condition's result: json, scalar or vector
	Result           json.RawMessage `json:"result"`
	SuccessCondition string          `json:"successCondition"`
	FailureCondition string          `json:"failureCondition"`
	Manifest         json.RawMessage `json:"manifest"`
}

// Answer is one line of output: Phase and Error for a condition, RefusedBy and Problems for a manifest, Trouble for a
// question that is none.
type Answer struct {
	Phase     string    `json:"phase,omitempty"`
	Error     string    `json:"error,omitempty"`
	RefusedBy string    `json:"refusedBy,omitempty"` // schema, rules or run; nothing if it is accepted
	Problems  []Problem `json:"problems,omitempty"`
	Trouble   string    `json:"trouble,omitempty"`
}

// Problem is what is wrong with one field; Path is empty where Argo names none.
type Problem struct {
	Path string `json:"path,omitempty"`
	Type string `json:"type,omitempty"`
	Text string `json:"text"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: oracle <folder of Argo Rollouts' CRDs>")
		os.Exit(2)
	}
	rollouts, err := readSchema(os.Args[1] + "/rollout-crd.yaml")
	stopOn(err)
	templates, err := readSchema(os.Args[1] + "/analysis-template-crd.yaml")
	stopOn(err)
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	decoder, encoder := json.NewDecoder(lines), json.NewEncoder(answers)
	for decoder.More() {
		var question Question
		stopOn(decoder.Decode(&question))
		stopOn(encoder.Encode(answer(question, rollouts, templates)))
	}
}

func answer(question Question, rollouts, templates *Schema) (told Answer) {
	defer func() {
		if reason := recover(); reason != nil {
			told = Answer{Trouble: fmt.Sprintf("panic: %v\n%s", reason, debug.Stack())}
		}
	}()
	switch question.Kind {
	case "condition":
		return judge(question)
	case "rollout":
		return rollout(question.Manifest, rollouts)
	case "release":
		return release(question.Manifest, rollouts)
	case "analysistemplate":
		return analysisTemplate(question.Manifest, templates)
	}
	return Answer{Trouble: fmt.Sprintf("nobody knows the kind %q", question.Kind)}
}

func stopOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
