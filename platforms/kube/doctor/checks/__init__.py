"""Every check of a cluster, in the order in which they are shown. One check, one file; each is a pure function."""

from platforms.doctor.checking import Check
from platforms.kube.doctor.checks import (
    api_server,
    applications,
    callers,
    certificates,
    clocks,
    controller,
    identities,
    mesh,
    plugin,
    policies,
    prometheus,
    routes,
    series,
    service_profiles,
    share,
    targets,
    versions,
    weights,
)
from platforms.kube.doctor.observed import Observed

CHECKS: tuple[Check[Observed], ...] = (
    Check("api-server", "Cluster", api_server.check),
    Check("clocks", "Cluster", clocks.check),
    Check("versions", "Cluster", versions.check),
    Check("access-certificates", "Cluster", certificates.check_access),
    Check("controller", "Argo Rollouts", controller.check),
    Check("plugin", "Argo Rollouts", plugin.check),
    Check("routes", "Traffic", routes.check),
    Check("service-profiles", "Traffic", service_profiles.check),
    Check("weights", "Traffic", weights.check),
    Check("share", "Traffic", share.check),
    Check("mesh", "Mesh", mesh.check),
    Check("callers", "Mesh", callers.check),
    Check("identities", "Mesh", identities.check),
    Check("trust", "Mesh", certificates.check_trust),
    Check("prometheus", "Measurements", prometheus.check),
    Check("targets", "Measurements", targets.check),
    Check("series", "Measurements", series.check),
    Check("policies", "Measurements", policies.check),
    Check("applications", "Delivery", applications.check),
)
