"""The shape of an AnalysisTemplate's spec (Argo: manifests/crds/analysis-template-crd.yaml)."""

from __future__ import annotations

from rollouts.schema.pods import METADATA, OPTION, POD_TEMPLATE, SELECTOR
from rollouts.schema.rollout import DRY_RUN, FIELD_REF, RETENTION, TEMPLATE_REFERENCE
from rollouts.schema.shapes import (
    BOOLEAN,
    INT32,
    INT64,
    INT_OR_STRING,
    OBJECT,
    STRING,
    a_set,
    fields,
    listed,
    mapped,
    one_of,
)

TEMPLATE_ARGUMENT = fields(
    "name",
    name=STRING,
    value=STRING,
    valueFrom=fields(fieldRef=FIELD_REF, secretKeyRef=fields("key name", key=STRING, name=STRING)),
)
ADDRESS_AND_QUERY = fields(address=STRING, query=STRING)
CLOUD_WATCH = fields(
    "metricDataQueries",
    interval=STRING,
    metricDataQueries=listed(
        fields(
            expression=STRING,
            id=STRING,
            label=STRING,
            metricStat=fields(
                metric=fields(dimensions=listed(OPTION), metricName=STRING, namespace=STRING),
                period=INT_OR_STRING,
                stat=STRING,
                unit=STRING,
            ),
            period=INT_OR_STRING,
            returnData=BOOLEAN,
        )
    ),
)
DATADOG = fields(
    aggregator=one_of("avg", "min", "max", "sum", "last", "percentile", "mean", "l2norm", "area"),
    apiVersion=one_of("v1", "v2"),
    formula=STRING,
    interval=STRING,
    queries=mapped(STRING),
    query=STRING,
    requestTimeout=STRING,
    secretRef=fields(name=STRING, namespaced=BOOLEAN),
)
POD_FAILURE_POLICY = fields(
    "rules",
    rules=listed(
        fields(
            "action",
            action=STRING,
            onExitCodes=fields("operator values", containerName=STRING, operator=STRING, values=a_set(INT32)),
            onPodConditions=listed(fields("status type", status=STRING, type=STRING)),
        )
    ),
)
JOB_SPEC = fields(
    "template",
    activeDeadlineSeconds=INT64,
    backoffLimit=INT32,
    backoffLimitPerIndex=INT32,
    completionMode=STRING,
    completions=INT32,
    managedBy=STRING,
    manualSelector=BOOLEAN,
    maxFailedIndexes=INT32,
    parallelism=INT32,
    podFailurePolicy=POD_FAILURE_POLICY,
    podReplacementPolicy=STRING,
    selector=SELECTOR,
    successPolicy=fields("rules", rules=listed(fields(succeededCount=INT32, succeededIndexes=STRING))),
    suspend=BOOLEAN,
    template=POD_TEMPLATE,
    ttlSecondsAfterFinished=INT32,
)
JOB = fields("spec", metadata=METADATA, spec=JOB_SPEC)
SCOPE = fields("region scope step", end=STRING, region=STRING, scope=STRING, start=STRING, step=INT64)
KAYENTA = fields(
    "address application canaryConfigName configurationAccountName metricsAccountName scopes "
    "storageAccountName threshold",
    address=STRING,
    application=STRING,
    canaryConfigName=STRING,
    configurationAccountName=STRING,
    lookback=BOOLEAN,
    metricsAccountName=STRING,
    scopes=listed(fields("controlScope experimentScope name", controlScope=SCOPE, experimentScope=SCOPE, name=STRING)),
    storageAccountName=STRING,
    threshold=fields("marginal pass", marginal=INT64, **{"pass": INT64}),
)
AUTHENTICATION = fields(
    oauth2=fields(clientId=STRING, clientSecret=STRING, scopes=listed(STRING), tokenUrl=STRING),
    sigv4=fields(profile=STRING, region=STRING, roleArn=STRING),
)
HEADER = fields("key value", key=STRING, value=STRING)
PROMETHEUS = fields(
    address=STRING,
    authentication=AUTHENTICATION,
    headers=listed(HEADER),
    insecure=BOOLEAN,
    query=STRING,
    rangeQuery=fields(end=STRING, start=STRING, step=STRING),
    timeout=INT64,
)
WEB = fields(
    "url",
    authentication=AUTHENTICATION,
    body=STRING,
    headers=listed(HEADER),
    insecure=BOOLEAN,
    jsonBody=OBJECT,
    jsonPath=STRING,
    method=STRING,
    timeoutSeconds=INT64,
    url=STRING,
)
PROVIDER = fields(
    cloudWatch=CLOUD_WATCH,
    datadog=DATADOG,
    graphite=ADDRESS_AND_QUERY,
    influxdb=fields(profile=STRING, query=STRING),
    job=JOB,
    kayenta=KAYENTA,
    newRelic=fields("query", profile=STRING, query=STRING, timeout=INT64),
    plugin=OBJECT,
    prometheus=PROMETHEUS,
    skywalking=fields(address=STRING, interval=STRING, query=STRING),
    wavefront=ADDRESS_AND_QUERY,
    web=WEB,
)
METRIC = fields(
    "name provider",
    consecutiveErrorLimit=INT_OR_STRING,
    consecutiveSuccessLimit=INT_OR_STRING,
    count=INT_OR_STRING,
    failureCondition=STRING,
    failureLimit=INT_OR_STRING,
    inconclusiveLimit=INT_OR_STRING,
    initialDelay=STRING,
    interval=STRING,
    name=STRING,
    provider=PROVIDER,
    successCondition=STRING,
)
ANALYSIS_TEMPLATE = fields(
    args=listed(TEMPLATE_ARGUMENT),
    dryRun=listed(DRY_RUN),
    measurementRetention=listed(RETENTION),
    metrics=listed(METRIC),
    templates=listed(TEMPLATE_REFERENCE),
)
