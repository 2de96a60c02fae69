package main

import (
	"context"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// Schema judges an object as the API server does when somebody creates it.
type Schema struct {
	group, version, kind string
	tree                 *structural.Structural
	validator            validation.SchemaValidator
	rules                *cel.Validator
}

func readSchema(file string) (*Schema, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &definition); err != nil {
		return nil, err
	}
	if len(definition.Spec.Versions) != 1 {
		return nil, fmt.Errorf("%s has %d versions, one is expected", file, len(definition.Spec.Versions))
	}
	served := definition.Spec.Versions[0]
	var internal apiextensions.CustomResourceValidation
	err = apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(served.Schema, &internal, nil)
	if err != nil {
		return nil, err
	}
	tree, err := structural.NewStructural(internal.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	if err := defaulting.PruneDefaults(tree); err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(internal.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	rules := cel.NewValidator(tree, true, celconfig.PerCallLimit)
	names := definition.Spec.Names
	return &Schema{definition.Spec.Group, served.Name, names.Kind, tree, validator, rules}, nil
}

// judge gives the object as it would be stored, and why it would not. Unknown fields are an error, as in every request
// of kubectl and of server-side apply.
func (schema *Schema) judge(manifest []byte) (map[string]any, []Problem) {
	var content map[string]any
	if err := json.Unmarshal(manifest, &content); err != nil {
		return nil, []Problem{{Text: err.Error()}}
	}
	object := &unstructured.Unstructured{Object: content}
	if problems := schema.ofType(object); problems != nil {
		return nil, problems
	}
	metadata, isObject := content["metadata"].(map[string]any)
	namespace := metadata["namespace"]
	if (namespace == nil || namespace == "") && (isObject || content["metadata"] == nil) {
		object.SetNamespace("default") // the request has one
	}
	unknown, err := schema.coerce(content)
	if err != nil {
		return nil, []Problem{{Text: err.Error()}}
	}
	if len(unknown) > 0 {
		problems := make([]Problem, 0, len(unknown))
		for _, path := range unknown {
			problems = append(problems, Problem{Path: path, Type: "Unknown", Text: fmt.Sprintf("unknown field %q", path)})
		}
		return nil, problems
	}
	defaulting.Default(content, schema.tree)
	found := apivalidation.ValidateObjectMetaAccessor(object, true, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	found = append(found, validation.ValidateCustomResource(nil, content, schema.validator)...)
	found = append(found, objectmeta.Validate(nil, content, schema.tree, false)...)
	found = append(found, listtype.ValidateListSetsAndMaps(nil, schema.tree, content)...)
	if schema.rules != nil && len(found) == 0 {
		broken, _ := schema.rules.Validate(context.Background(), nil, schema.tree, content, nil, celconfig.RuntimeCELCostBudget)
		found = append(found, broken...)
	}
	return content, problemsOf(found)
}

func (schema *Schema) ofType(object *unstructured.Unstructured) []Problem {
	if wanted := schema.group + "/" + schema.version; object.GetAPIVersion() != wanted {
		return []Problem{{Path: "apiVersion", Text: "must be " + wanted}}
	}
	if object.GetKind() != schema.kind {
		return []Problem{{Path: "kind", Text: "must be " + schema.kind}}
	}
	return nil
}

// coerce takes out what the schema does not know, and the nulls; it names what it took.
func (schema *Schema) coerce(content map[string]any) ([]string, error) {
	metadata, found, unknown, err := objectmeta.GetObjectMetaWithOptions(content, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return nil, err
	}
	options := structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	unknown = append(unknown, pruning.PruneWithOptions(content, schema.tree, true, options)...)
	defaulting.PruneNonNullableNullsWithoutDefaults(content, schema.tree)
	if found {
		if err := objectmeta.SetObjectMeta(content, metadata); err != nil {
			return nil, err
		}
	}
	return unknown, nil
}

func problemsOf(found field.ErrorList) []Problem {
	problems := make([]Problem, 0, len(found))
	for _, one := range found {
		problems = append(problems, Problem{Path: one.Field, Type: one.Type.String(), Text: one.ErrorBody()})
	}
	return problems
}
