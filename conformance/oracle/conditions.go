package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/evaluate"
	"github.com/sirupsen/logrus"
)

func judge(question Question) Answer {
	result, err := measured(question.As, question.Result)
	if err != nil {
		return Answer{Trouble: err.Error()}
	}
	metric := v1alpha1.Metric{
		SuccessCondition: question.SuccessCondition,
		FailureCondition: question.FailureCondition,
	}
	phase, err := evaluate.EvaluateResult(result, metric, *logrus.NewEntry(logrus.StandardLogger()))
	if err != nil {
		return Answer{Phase: string(phase), Error: err.Error()}
	}
	return Answer{Phase: string(phase)}
}

// measured makes the Go value that a provider hands on: what encoding/json makes of a web answer, the float64 of a
// Prometheus scalar, the []float64 of a vector. Numbers may be quoted, because JSON has no NaN.
func measured(as string, result json.RawMessage) (any, error) {
	switch as {
	case "json":
		var value any
		err := json.Unmarshal(result, &value)
		return value, err
	case "scalar":
		return number(result)
	case "vector":
		var samples []json.RawMessage
		if err := json.Unmarshal(result, &samples); err != nil {
			return nil, err
		}
		vector := make([]float64, 0, len(samples))
		for _, sample := range samples {
			value, err := number(sample)
			if err != nil {
				return nil, err
			}
			vector = append(vector, value)
		}
		return vector, nil
	}
	return nil, fmt.Errorf("a result is json, scalar or vector, not %q", as)
}

func number(written json.RawMessage) (float64, error) {
	var text string
	if json.Unmarshal(written, &text) == nil {
		return strconv.ParseFloat(text, 64)
	}
	var value float64
	err := json.Unmarshal(written, &value)
	return value, err
}
