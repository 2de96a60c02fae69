"""The supervisor's first step: `python -m platforms.embedded FOLDER`.

The nursery imports the app, the supervisor imports the engine; each takes most of a second. So the nursery is started
before anything heavy is imported here, and both have their core.
"""

import sys

from platforms.embedded.launch import start_nursery
from platforms.embedded.settings import RunFolder

if __name__ == "__main__":
    folder = RunFolder.at(sys.argv[1])
    nursery = start_nursery(folder.logs)

    from platforms.embedded.supervisor import main

    sys.exit(main(folder, nursery))
