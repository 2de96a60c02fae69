package main

import (
	"encoding/json"
	"fmt"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/validation"
	"github.com/argoproj/argo-rollouts/utils/analysis"
)

// rollout is asked of the schema first, and then of the controller, which would write replicas: 1 where there are none.
func rollout(manifest []byte, schema *Schema) Answer {
	var object v1alpha1.Rollout
	return rolloutAlone(manifest, schema, &object)
}

func rolloutAlone(manifest []byte, schema *Schema, object *v1alpha1.Rollout) Answer {
	if refused := stored(manifest, schema, object); refused != nil {
		return *refused
	}
	if problems := problemsOf(validation.ValidateRollout(object)); len(problems) > 0 {
		return Answer{RefusedBy: "rules", Problems: problems}
	}
	return Answer{}
}

// analysisTemplate is asked of the schema, of what makes a run of it ("run"), and of the run's own controller ("rules").
func analysisTemplate(manifest []byte, schema *Schema) Answer {
	var object v1alpha1.AnalysisTemplate
	if refused := stored(manifest, schema, &object); refused != nil {
		return *refused
	}
	run, err := analysis.NewAnalysisRunFromTemplates(
		[]*v1alpha1.AnalysisTemplate{&object}, nil, nil, nil, nil, nil, nil, "run", "", object.Namespace)
	if err != nil {
		return Answer{RefusedBy: "run", Problems: []Problem{{Text: err.Error()}}}
	}
	if err := begun(run); err != nil {
		return Answer{RefusedBy: "rules", Problems: []Problem{{Text: err.Error()}}}
	}
	return Answer{}
}

// begun does what the controller does with a new run before it measures anything, in its order.
func begun(run *v1alpha1.AnalysisRun) error {
	arguments := make([]v1alpha1.Argument, 0, len(run.Spec.Args))
	for _, argument := range run.Spec.Args {
		if argument.ValueFrom != nil && argument.ValueFrom.SecretKeyRef != nil {
			hidden := "temp-for-secret"
			argument = v1alpha1.Argument{Name: argument.Name, Value: &hidden}
		}
		arguments = append(arguments, argument)
	}
	metrics := make([]v1alpha1.Metric, 0, len(run.Spec.Metrics))
	for _, metric := range run.Spec.Metrics {
		resolved, err := analysis.ResolveMetricArgs(metric, arguments)
		if err != nil {
			return fmt.Errorf("Unable to resolve metric arguments: %w", err)
		}
		metrics = append(metrics, *resolved)
	}
	if err := analysis.ValidateMetrics(metrics); err != nil {
		return fmt.Errorf("Analysis spec invalid: %w", err)
	}
	if _, err := analysis.GetDryRunMetrics(run.Spec.DryRun, metrics); err != nil {
		return fmt.Errorf("Analysis spec invalid: %w", err)
	}
	if _, err := analysis.GetMeasurementRetentionMetrics(run.Spec.MeasurementRetention, metrics); err != nil {
		return fmt.Errorf("Analysis spec invalid: %w", err)
	}
	return nil
}

// stored decodes what the schema let through, as the controller reads it. A text that only Go's types refuse (a
// quantity, say) is refused by the schema: the controller never sees such an object either.
func stored(manifest []byte, schema *Schema, object any) *Answer {
	content, problems := schema.judge(manifest)
	if len(problems) > 0 {
		return &Answer{RefusedBy: "schema", Problems: problems}
	}
	text, err := json.Marshal(content)
	if err == nil {
		err = json.Unmarshal(text, object)
	}
	if err != nil {
		return &Answer{RefusedBy: "schema", Problems: []Problem{{Text: err.Error()}}}
	}
	return nil
}
