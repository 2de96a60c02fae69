"""The shape of a pod template, as the CustomResourceDefinitions of Argo Rollouts v1.10.1 have it."""

from __future__ import annotations

from rollouts.schema.shapes import (
    ANYTHING,
    BOOLEAN,
    INT32,
    INT64,
    INT_OR_STRING,
    OBJECT,
    QUANTITY,
    STRING,
    a_set,
    fields,
    keyed,
    listed,
    mapped,
)

REQUIREMENT = fields("key operator", key=STRING, operator=STRING, values=listed(STRING))
SELECTOR = fields(matchExpressions=listed(REQUIREMENT), matchLabels=mapped(STRING))
METADATA = fields(annotations=mapped(STRING), labels=mapped(STRING))
NAMED = fields("name", name=STRING)
NODE_TERM = fields(matchExpressions=listed(REQUIREMENT), matchFields=listed(REQUIREMENT))
POD_TERM = fields(
    "topologyKey",
    labelSelector=SELECTOR,
    matchLabelKeys=listed(STRING),
    mismatchLabelKeys=listed(STRING),
    namespaceSelector=SELECTOR,
    namespaces=listed(STRING),
    topologyKey=STRING,
)
POD_AFFINITY = fields(
    preferredDuringSchedulingIgnoredDuringExecution=listed(
        fields("podAffinityTerm weight", podAffinityTerm=POD_TERM, weight=INT32)
    ),
    requiredDuringSchedulingIgnoredDuringExecution=listed(POD_TERM),
)
NODE_AFFINITY = fields(
    preferredDuringSchedulingIgnoredDuringExecution=listed(
        fields("preference weight", preference=NODE_TERM, weight=INT32)
    ),
    requiredDuringSchedulingIgnoredDuringExecution=fields("nodeSelectorTerms", nodeSelectorTerms=listed(NODE_TERM)),
)
AFFINITY = fields(nodeAffinity=NODE_AFFINITY, podAffinity=POD_AFFINITY, podAntiAffinity=POD_AFFINITY)
KEY_REFERENCE = fields("key", key=STRING, name=STRING, optional=BOOLEAN)
VARIABLE = fields(
    "name",
    name=STRING,
    value=STRING,
    valueFrom=fields(
        configMapKeyRef=KEY_REFERENCE,
        fieldRef=fields("fieldPath", apiVersion=STRING, fieldPath=STRING),
        fileKeyRef=fields("key path volumeName", key=STRING, optional=BOOLEAN, path=STRING, volumeName=STRING),
        resourceFieldRef=fields("resource", containerName=STRING, divisor=QUANTITY, resource=STRING),
        secretKeyRef=KEY_REFERENCE,
    ),
)
REFERENCE = fields(name=STRING, optional=BOOLEAN)
ENV_FROM = fields(configMapRef=REFERENCE, prefix=STRING, secretRef=REFERENCE)
EXEC = fields(command=listed(STRING))
NAME_AND_VALUE = fields("name value", name=STRING, value=STRING)
HTTP_GET = fields(
    "port", host=STRING, httpHeaders=listed(NAME_AND_VALUE), path=STRING, port=INT_OR_STRING, scheme=STRING
)
TCP_SOCKET = fields("port", host=STRING, port=INT_OR_STRING)
HANDLER = fields(exec=EXEC, httpGet=HTTP_GET, sleep=fields("seconds", seconds=INT64), tcpSocket=TCP_SOCKET)
LIFECYCLE = fields(postStart=HANDLER, preStop=HANDLER, stopSignal=STRING)
PROBE = fields(
    exec=EXEC,
    failureThreshold=INT32,
    grpc=fields("port", port=INT32, service=STRING),
    httpGet=HTTP_GET,
    initialDelaySeconds=INT32,
    periodSeconds=INT32,
    successThreshold=INT32,
    tcpSocket=TCP_SOCKET,
    terminationGracePeriodSeconds=INT64,
    timeoutSeconds=INT32,
)
PORT = fields(
    "containerPort", containerPort=INT32, hostIP=STRING, hostPort=INT32, name=STRING, protocol=STRING.by_default("TCP")
)
RESIZE_POLICY = fields("resourceName restartPolicy", resourceName=STRING, restartPolicy=STRING)
CLAIM = fields("name", name=STRING, request=STRING)
RESOURCES = fields(
    claims=keyed("name", CLAIM), limits=ANYTHING.read_as(mapped(QUANTITY)), requests=ANYTHING.read_as(mapped(QUANTITY))
)
RESTART_RULE = fields("action", action=STRING, exitCodes=fields("operator", operator=STRING, values=a_set(INT32)))
PROFILE = fields("type", localhostProfile=STRING, type=STRING)
SE_LINUX_OPTIONS = fields(level=STRING, role=STRING, type=STRING, user=STRING)
WINDOWS_OPTIONS = fields(
    gmsaCredentialSpec=STRING, gmsaCredentialSpecName=STRING, hostProcess=BOOLEAN, runAsUserName=STRING
)
SECURITY_CONTEXT = fields(
    allowPrivilegeEscalation=BOOLEAN,
    appArmorProfile=PROFILE,
    capabilities=fields(add=listed(STRING), drop=listed(STRING)),
    privileged=BOOLEAN,
    procMount=STRING,
    readOnlyRootFilesystem=BOOLEAN,
    runAsGroup=INT64,
    runAsNonRoot=BOOLEAN,
    runAsUser=INT64,
    seLinuxOptions=SE_LINUX_OPTIONS,
    seccompProfile=PROFILE,
    windowsOptions=WINDOWS_OPTIONS,
)
VOLUME_DEVICE = fields("devicePath name", devicePath=STRING, name=STRING)
VOLUME_MOUNT = fields(
    "mountPath name",
    mountPath=STRING,
    mountPropagation=STRING,
    name=STRING,
    readOnly=BOOLEAN,
    recursiveReadOnly=STRING,
    subPath=STRING,
    subPathExpr=STRING,
)
CONTAINER = fields(
    "name",
    args=listed(STRING),
    command=listed(STRING),
    env=keyed("name", VARIABLE),
    envFrom=listed(ENV_FROM),
    image=STRING,
    imagePullPolicy=STRING,
    lifecycle=LIFECYCLE,
    livenessProbe=PROBE,
    name=STRING,
    ports=keyed("containerPort protocol", PORT),
    readinessProbe=PROBE,
    resizePolicy=listed(RESIZE_POLICY),
    resources=RESOURCES,
    restartPolicy=STRING,
    restartPolicyRules=listed(RESTART_RULE),
    securityContext=SECURITY_CONTEXT,
    startupProbe=PROBE,
    stdin=BOOLEAN,
    stdinOnce=BOOLEAN,
    terminationMessagePath=STRING,
    terminationMessagePolicy=STRING,
    tty=BOOLEAN,
    volumeDevices=keyed("devicePath", VOLUME_DEVICE),
    volumeMounts=keyed("mountPath", VOLUME_MOUNT),
    workingDir=STRING,
)
EPHEMERAL_CONTAINER = fields("name", **CONTAINER.known, targetContainerName=STRING)
OPTION = fields(name=STRING, value=STRING)
POD_SECURITY_CONTEXT = fields(
    appArmorProfile=PROFILE,
    fsGroup=INT64,
    fsGroupChangePolicy=STRING,
    runAsGroup=INT64,
    runAsNonRoot=BOOLEAN,
    runAsUser=INT64,
    seLinuxChangePolicy=STRING,
    seLinuxOptions=SE_LINUX_OPTIONS,
    seccompProfile=PROFILE,
    supplementalGroups=listed(INT64),
    supplementalGroupsPolicy=STRING,
    sysctls=listed(NAME_AND_VALUE),
    windowsOptions=WINDOWS_OPTIONS,
)
SPREAD = fields(
    "maxSkew topologyKey whenUnsatisfiable",
    labelSelector=SELECTOR,
    matchLabelKeys=listed(STRING),
    maxSkew=INT32,
    minDomains=INT32,
    nodeAffinityPolicy=STRING,
    nodeTaintsPolicy=STRING,
    topologyKey=STRING,
    whenUnsatisfiable=STRING,
)
TOLERATION = fields(effect=STRING, key=STRING, operator=STRING, tolerationSeconds=INT64, value=STRING)
_SOURCES = (
    "awsElasticBlockStore azureDisk azureFile cephfs cinder configMap csi downwardAPI emptyDir ephemeral fc flexVolume "
    "flocker gcePersistentDisk gitRepo glusterfs hostPath image iscsi nfs persistentVolumeClaim photonPersistentDisk "
    "portworxVolume projected quobyte rbd scaleIO secret storageos vsphereVolume"
)
# k8s.io/api: core/v1/types.go; the definition leaves volumes open.
VOLUME = fields(name=STRING, **dict.fromkeys(_SOURCES.split(), OBJECT))
POD = fields(
    "containers",
    activeDeadlineSeconds=INT64,
    affinity=AFFINITY,
    automountServiceAccountToken=BOOLEAN,
    containers=keyed("name", CONTAINER),
    dnsConfig=fields(nameservers=listed(STRING), options=listed(OPTION), searches=listed(STRING)),
    dnsPolicy=STRING,
    enableServiceLinks=BOOLEAN,
    ephemeralContainers=keyed("name", EPHEMERAL_CONTAINER),
    hostAliases=keyed("ip", fields("ip", hostnames=listed(STRING), ip=STRING)),
    hostIPC=BOOLEAN,
    hostNetwork=BOOLEAN,
    hostPID=BOOLEAN,
    hostUsers=BOOLEAN,
    hostname=STRING,
    hostnameOverride=STRING,
    imagePullSecrets=keyed("name", fields(name=STRING)),
    initContainers=keyed("name", CONTAINER),
    nodeName=STRING,
    nodeSelector=mapped(STRING),
    os=NAMED,
    overhead=mapped(QUANTITY),
    preemptionPolicy=STRING,
    priority=INT32,
    priorityClassName=STRING,
    readinessGates=listed(fields("conditionType", conditionType=STRING)),
    resourceClaims=keyed(
        "name", fields("name", name=STRING, resourceClaimName=STRING, resourceClaimTemplateName=STRING)
    ),
    resources=fields(claims=keyed("name", CLAIM), limits=mapped(QUANTITY), requests=mapped(QUANTITY)),
    restartPolicy=STRING,
    runtimeClassName=STRING,
    schedulerName=STRING,
    schedulingGates=keyed("name", NAMED),
    securityContext=POD_SECURITY_CONTEXT,
    serviceAccount=STRING,
    serviceAccountName=STRING,
    setHostnameAsFQDN=BOOLEAN,
    shareProcessNamespace=BOOLEAN,
    subdomain=STRING,
    terminationGracePeriodSeconds=INT64,
    tolerations=listed(TOLERATION),
    topologySpreadConstraints=keyed("topologyKey whenUnsatisfiable", SPREAD),
    volumes=ANYTHING.read_as(listed(VOLUME)),
)
POD_TEMPLATE = fields(metadata=METADATA, spec=POD)
