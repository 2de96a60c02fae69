"""The versions with which this was tested, by component; a doctor tells of others."""

TESTED = {
    "Kubernetes": ("v1.35.4",),
    "Argo Rollouts": ("v1.10.1",),
    "Gateway API": ("v1.4.0",),
    "gatewayAPI plugin": ("v0.15.0",),
    "Linkerd": ("edge-26.8.3",),
    "Traefik": ("v3.6.12",),
    "Prometheus": ("3.13.2", "3.15.0", "2.42.0"),
    "Envoy": ("1.40.0",),
    "Argo CD": ("v3.2.11",),
}
