"""The kinds of objects that a doctor looks at, beside those that a run has anyway."""

from platforms.kube.resources import APPLICATIONS, Resource

__all__ = ["APPLICATIONS"]

SERVICES = Resource("v1", "services", "Service")
STATEFUL_SETS = Resource("apps/v1", "statefulsets", "StatefulSet")
NETWORK_POLICIES = Resource("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy")
LEASES = Resource("coordination.k8s.io/v1", "leases", "Lease")
DEFINITIONS = Resource(
    "apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False
)
HTTP_ROUTES = Resource("gateway.networking.k8s.io/v1", "httproutes", "HTTPRoute")
GRPC_ROUTES = Resource("gateway.networking.k8s.io/v1", "grpcroutes", "GRPCRoute")
TRAEFIK_SERVICES = Resource("traefik.io/v1alpha1", "traefikservices", "TraefikService")
SERVICE_PROFILES = Resource("linkerd.io/v1alpha2", "serviceprofiles", "ServiceProfile")
SERVERS = Resource("policy.linkerd.io/v1beta3", "servers", "Server")
AUTHORIZATION_POLICIES = Resource("policy.linkerd.io/v1alpha1", "authorizationpolicies", "AuthorizationPolicy")
MESH_AUTHENTICATIONS = Resource("policy.linkerd.io/v1alpha1", "meshtlsauthentications", "MeshTLSAuthentication")
NETWORK_AUTHENTICATIONS = Resource("policy.linkerd.io/v1alpha1", "networkauthentications", "NetworkAuthentication")
