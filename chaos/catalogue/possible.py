"""Whether a release's faults can be made in the workload that it is of: not all of them can be over gRPC.

A replica refuses what it cannot do, and then does not start: the gate would catch a release that never ran.
"""

import json

from seam.errors import UserError
from seam.releases import Release


def check_faults(release: Release, workload: str) -> None:
    """UserError names the fault, the workload and why."""
    # Only now: nobody who waits for the first face waits for the app's faults.
    from faces.faults import FaultsRefusedError, parse_model, possible, protocol_of  # noqa: PLC0415

    for plan in release.faults:
        whose = plan.workload or workload
        try:
            possible(parse_model(json.dumps(plan.faults)), protocol_of(whose))
        except FaultsRefusedError as error:
            raise UserError(f"{release.name} cannot be released on {whose}: {error}") from error
