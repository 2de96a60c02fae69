"""Whole objects: what the API server knows of everybody's metadata, and Argo's own part."""

from __future__ import annotations

from rollouts.schema import analysis_template, rollout
from rollouts.schema.shapes import ANYTHING, BOOLEAN, INT64, OBJECT, STRING, TIME, Fields, fields, listed, mapped

# k8s.io/apimachinery: pkg/apis/meta/v1/types.go (ObjectMeta)
OBJECT_META = fields(
    annotations=mapped(STRING),
    creationTimestamp=TIME,
    deletionGracePeriodSeconds=INT64,
    deletionTimestamp=TIME,
    finalizers=listed(STRING),
    generateName=STRING,
    generation=INT64,
    labels=mapped(STRING),
    managedFields=listed(OBJECT),
    name=STRING,
    namespace=STRING,
    ownerReferences=listed(
        fields(apiVersion=STRING, blockOwnerDeletion=BOOLEAN, controller=BOOLEAN, kind=STRING, name=STRING, uid=STRING)
    ),
    resourceVersion=STRING,
    selfLink=STRING,
    uid=STRING,
)


def _object(spec: Fields) -> Fields:
    # The API server drops a status that somebody applies: it may be whatever it likes.
    return fields("spec", apiVersion=STRING, kind=STRING, metadata=OBJECT_META, spec=spec, status=ANYTHING)


ROLLOUT = _object(rollout.ROLLOUT)
ANALYSIS_TEMPLATE = _object(analysis_template.ANALYSIS_TEMPLATE)
