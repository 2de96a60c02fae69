package main

import (
	"encoding/json"
	"fmt"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/validation"
	"github.com/argoproj/argo-rollouts/utils/analysis"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Release is a Rollout and what it may name: the selectors of Services, and specs of templates, by their names.
type Release struct {
	Rollout          json.RawMessage                          `json:"rollout"`
	Services         map[string]map[string]string             `json:"services"`
	Templates        map[string]v1alpha1.AnalysisTemplateSpec `json:"templates"`
	ClusterTemplates map[string]v1alpha1.AnalysisTemplateSpec `json:"clusterTemplates"`
}

// release does what the controller does before it reconciles: it collects what the Rollout names, and asks whether it
// fits. To collect it needs listers, so that part is told here in its order.
func release(manifest []byte, rollouts *Schema) Answer {
	var around Release
	if err := json.Unmarshal(manifest, &around); err != nil {
		return Answer{Trouble: err.Error()}
	}
	var rollout v1alpha1.Rollout
	if refused := rolloutAlone(around.Rollout, rollouts, &rollout); refused.RefusedBy != "" {
		return refused
	}
	named, problem := around.collect(&rollout)
	if problem != nil {
		return Answer{RefusedBy: "rules", Problems: problemsOf(field.ErrorList{problem})}
	}
	if found := validation.ValidateRolloutReferencedResources(&rollout, *named); len(found) > 0 {
		return Answer{RefusedBy: "rules", Problems: problemsOf(found)}
	}
	return Answer{}
}

func (around *Release) collect(rollout *v1alpha1.Rollout) (*validation.ReferencedResources, *field.Error) {
	named := &validation.ReferencedResources{}
	for _, wanted := range servicesOf(rollout) {
		if wanted.Service.Name == "" {
			continue
		}
		selector, found := around.Services[wanted.Service.Name]
		if !found {
			missing := apierrors.NewNotFound(schema.GroupResource{Resource: "service"}, wanted.Service.Name)
			return nil, field.Invalid(validation.GetServiceWithTypeFieldPath(wanted.Type), wanted.Service.Name, missing.Error())
		}
		wanted.Service.Spec.Selector = selector
		named.ServiceWithType = append(named.ServiceWithType, wanted)
	}
	for _, wanted := range analysesOf(rollout) {
		path := validation.GetAnalysisTemplateWithTypeFieldPath(wanted.TemplateType, wanted.CanaryStepIndex)
		namespaced, global, problem := around.templates(wanted.references, path)
		if problem != nil {
			return nil, problem
		}
		wanted.AnalysisTemplates, wanted.ClusterAnalysisTemplates = analysis.FilterUniqueTemplates(namespaced, global)
		named.AnalysisTemplatesWithType = append(named.AnalysisTemplatesWithType, wanted.AnalysisTemplatesWithType)
	}
	return named, nil
}

func servicesOf(rollout *v1alpha1.Rollout) []validation.ServiceWithType {
	wanted := func(name string, kind validation.ServiceType) validation.ServiceWithType {
		return validation.ServiceWithType{Service: &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name}}, Type: kind}
	}
	if blueGreen := rollout.Spec.Strategy.BlueGreen; blueGreen != nil {
		return []validation.ServiceWithType{
			wanted(blueGreen.ActiveService, validation.ActiveService),
			wanted(blueGreen.PreviewService, validation.PreviewService),
		}
	}
	canary := rollout.Spec.Strategy.Canary
	return []validation.ServiceWithType{
		wanted(canary.StableService, validation.StableService),
		wanted(canary.CanaryService, validation.CanaryService),
	}
}

type wantedAnalysis struct {
	validation.AnalysisTemplatesWithType
	references []v1alpha1.AnalysisTemplateRef
}

func analysesOf(rollout *v1alpha1.Rollout) []wantedAnalysis {
	var found []wantedAnalysis
	add := func(asked *v1alpha1.RolloutAnalysis, kind validation.AnalysisTemplateType, index int) {
		if asked != nil {
			wanted := validation.AnalysisTemplatesWithType{TemplateType: kind, CanaryStepIndex: index, Args: asked.Args}
			found = append(found, wantedAnalysis{wanted, asked.Templates})
		}
	}
	if blueGreen := rollout.Spec.Strategy.BlueGreen; blueGreen != nil {
		add(blueGreen.PrePromotionAnalysis, validation.PrePromotionAnalysis, 0)
		add(blueGreen.PostPromotionAnalysis, validation.PostPromotionAnalysis, 0)
		return found
	}
	for index, step := range rollout.Spec.Strategy.Canary.Steps {
		add(step.Analysis, validation.InlineAnalysis, index)
	}
	if background := rollout.Spec.Strategy.Canary.Analysis; background != nil {
		add(&background.RolloutAnalysis, validation.BackgroundAnalysis, 0)
	}
	return found
}

// templates finds those that are named, and those that they name. Each is a copy of its own, as the controller's
// listers make them: who asks may write into it.
func (around *Release) templates(references []v1alpha1.AnalysisTemplateRef, path *field.Path) (
	[]*v1alpha1.AnalysisTemplate, []*v1alpha1.ClusterAnalysisTemplate, *field.Error) {
	var namespaced []*v1alpha1.AnalysisTemplate
	var global []*v1alpha1.ClusterAnalysisTemplate
	for _, reference := range references {
		name, kind, known := reference.TemplateName, "AnalysisTemplate", around.Templates
		if reference.IsClusterScope() {
			kind, known = "ClusterAnalysisTemplate", around.ClusterTemplates
		}
		spec, found := known[name]
		if !found {
			return nil, nil, field.Invalid(path, name, fmt.Sprintf("%s '%s' not found", kind, name))
		}
		if reference.IsClusterScope() {
			global = append(global, &v1alpha1.ClusterAnalysisTemplate{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: *spec.DeepCopy()})
		} else {
			namespaced = append(namespaced, &v1alpha1.AnalysisTemplate{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: *spec.DeepCopy()})
		}
		within, globalWithin, problem := around.templates(spec.Templates, field.NewPath("spec", "templates"))
		if problem != nil {
			return nil, nil, problem
		}
		namespaced, global = append(namespaced, within...), append(global, globalWithin...)
	}
	return namespaced, global, nil
}
