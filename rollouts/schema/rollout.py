"""The shape of a Rollout's spec (Argo: manifests/crds/rollout-crd.yaml)."""

from __future__ import annotations

from rollouts.schema.pods import METADATA, NAMED, POD_TEMPLATE, SELECTOR
from rollouts.schema.shapes import (
    BOOLEAN,
    EMPTY,
    INT32,
    INT64,
    INT_OR_STRING,
    OBJECT,
    STRING,
    TIME,
    fields,
    listed,
    mapped,
)

FIELD_REF = fields("fieldPath", fieldPath=STRING)
DRY_RUN = fields("metricName", metricName=STRING)
RETENTION = fields("limit metricName", limit=INT32, metricName=STRING)
TEMPLATE_REFERENCE = fields(clusterScope=BOOLEAN, templateName=STRING)
ANTI_AFFINITY = fields(
    preferredDuringSchedulingIgnoredDuringExecution=fields("weight", weight=INT32),
    requiredDuringSchedulingIgnoredDuringExecution=EMPTY,
)
ARGUMENT = fields("name", name=STRING, value=STRING, valueFrom=fields(fieldRef=FIELD_REF, podTemplateHashValue=STRING))
ANALYSIS = fields(
    analysisRunMetadata=METADATA,
    args=listed(ARGUMENT),
    dryRun=listed(DRY_RUN),
    measurementRetention=listed(RETENTION),
    templates=listed(TEMPLATE_REFERENCE),
)
BACKGROUND_ANALYSIS = fields(**ANALYSIS.known, startingStep=INT32)
EXPERIMENT = fields(
    "templates",
    analyses=listed(
        fields(
            "name templateName",
            args=listed(ARGUMENT),
            clusterScope=BOOLEAN,
            name=STRING,
            requiredForCompletion=BOOLEAN,
            templateName=STRING,
        )
    ),
    analysisRunMetadata=METADATA,
    dryRun=listed(DRY_RUN),
    duration=STRING,
    scaleDownDelaySeconds=INT32,
    templates=listed(
        fields(
            "name specRef",
            metadata=METADATA,
            name=STRING,
            replicas=INT32,
            selector=SELECTOR,
            service=fields(name=STRING),
            specRef=STRING,
            weight=INT32,
        )
    ),
)
STRING_MATCH = fields(exact=STRING, prefix=STRING, regex=STRING)
SET_HEADER_ROUTE = fields(
    match=listed(fields("headerName headerValue", headerName=STRING, headerValue=STRING_MATCH)), name=STRING
)
SET_MIRROR_ROUTE = fields(
    "name",
    match=listed(fields(headers=mapped(STRING_MATCH), method=STRING_MATCH, path=STRING_MATCH)),
    name=STRING,
    percentage=INT32,
)
STEP = fields(
    analysis=ANALYSIS,
    experiment=EXPERIMENT,
    pause=fields(duration=INT_OR_STRING),
    plugin=fields("name", config=OBJECT, name=STRING),
    setCanaryScale=fields(matchTrafficWeight=BOOLEAN, replicas=INT32, weight=INT32),
    setHeaderRoute=SET_HEADER_ROUTE,
    setMirrorRoute=SET_MIRROR_ROUTE,
    setWeight=INT32,
)
VIRTUAL_SERVICE = fields(
    "name",
    name=STRING,
    routes=listed(STRING),
    tcpRoutes=listed(fields(port=INT64)),
    tlsRoutes=listed(fields(port=INT64, sniHosts=listed(STRING))),
)
ALB = fields(
    "servicePort",
    annotationPrefix=STRING,
    ingress=STRING,
    ingresses=listed(STRING),
    rootService=STRING,
    servicePort=INT32,
    stickinessConfig=fields("durationSeconds enabled", durationSeconds=INT64, enabled=BOOLEAN),
)
APP_MESH = fields(
    virtualNodeGroup=fields(
        "canaryVirtualNodeRef stableVirtualNodeRef", canaryVirtualNodeRef=NAMED, stableVirtualNodeRef=NAMED
    ),
    virtualService=fields("name", name=STRING, routes=listed(STRING)),
)
ISTIO = fields(
    destinationRule=fields(
        "canarySubsetName name stableSubsetName",
        additionalSubsetNames=listed(STRING),
        canarySubsetName=STRING,
        name=STRING,
        stableSubsetName=STRING,
    ),
    virtualService=VIRTUAL_SERVICE,
    virtualServices=listed(VIRTUAL_SERVICE),
)
NGINX = fields(
    additionalIngressAnnotations=mapped(STRING),
    annotationPrefix=STRING,
    canaryIngressAnnotations=mapped(STRING),
    stableIngress=STRING,
    stableIngresses=listed(STRING),
)
TRAFFIC_ROUTING = fields(
    alb=ALB,
    ambassador=fields("mappings", mappings=listed(STRING)),
    apisix=fields(route=fields("name", name=STRING, rules=listed(STRING))),
    appMesh=APP_MESH,
    istio=ISTIO,
    managedRoutes=listed(NAMED),
    maxTrafficWeight=INT32,
    nginx=NGINX,
    plugins=OBJECT,
    smi=fields(rootService=STRING, trafficSplitName=STRING),
    traefik=fields("weightedTraefikServiceName", weightedTraefikServiceName=STRING),
)
CANARY = fields(
    abortScaleDownDelaySeconds=INT32,
    analysis=BACKGROUND_ANALYSIS,
    antiAffinity=ANTI_AFFINITY,
    canaryMetadata=METADATA,
    canaryService=STRING,
    dynamicStableScale=BOOLEAN,
    maxSurge=INT_OR_STRING,
    maxUnavailable=INT_OR_STRING,
    minPodsPerReplicaSet=INT32,
    pingPong=fields("pingService pongService", pingService=STRING, pongService=STRING),
    replicaProgressThreshold=fields("type value", type=STRING, value=INT32),
    scaleDownDelayRevisionLimit=INT32,
    scaleDownDelaySeconds=INT32,
    stableMetadata=METADATA,
    stableService=STRING,
    steps=listed(STEP),
    trafficRouting=TRAFFIC_ROUTING,
)
BLUE_GREEN = fields(
    "activeService",
    abortScaleDownDelaySeconds=INT32,
    activeMetadata=METADATA,
    activeService=STRING,
    antiAffinity=ANTI_AFFINITY,
    autoPromotionEnabled=BOOLEAN,
    autoPromotionSeconds=INT32,
    maxUnavailable=INT_OR_STRING,
    postPromotionAnalysis=ANALYSIS,
    prePromotionAnalysis=ANALYSIS,
    previewMetadata=METADATA,
    previewReplicaCount=INT32,
    previewService=STRING,
    scaleDownDelayRevisionLimit=INT32,
    scaleDownDelaySeconds=INT32,
)
ROLLOUT = fields(
    analysis=fields(successfulRunHistoryLimit=INT32, unsuccessfulRunHistoryLimit=INT32),
    minReadySeconds=INT32,
    paused=BOOLEAN,
    progressDeadlineAbort=BOOLEAN,
    progressDeadlineSeconds=INT32,
    replicas=INT32,
    restartAt=TIME,
    revisionHistoryLimit=INT32,
    rollbackWindow=fields(revisions=INT32),
    selector=SELECTOR,
    strategy=fields(blueGreen=BLUE_GREEN, canary=CANARY),
    template=POD_TEMPLATE,
    workloadRef=fields(apiVersion=STRING, kind=STRING, name=STRING, scaleDown=STRING),
)
