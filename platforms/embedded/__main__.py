"""The supervisor's first step: `python -m platforms.embedded FOLDER`.

The nursery imports the app, the supervisor imports the engine; each takes most of a second. So the nursery, and Envoy
and Prometheus with it, are started before anything heavy is imported here.
"""

import sys

from platforms.embedded.announcing import give_up
from platforms.embedded.head_start import head_start
from platforms.embedded.importing import fast_imports
from platforms.embedded.settings import RunFolder
from seam.errors import UserError


def main(folder: RunFolder) -> int:
    settings = folder.read()
    try:
        started = head_start(folder, settings)
    except UserError as error:
        return give_up(folder, error)
    with fast_imports():
        from platforms.embedded.supervisor import supervise  # noqa: PLC0415 - with all that it imports

    return supervise(folder, settings, started)


if __name__ == "__main__":
    sys.exit(main(RunFolder.at(sys.argv[1])))
