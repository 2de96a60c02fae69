"""An experiment: a platform, visitors, a release, and what is expected of it; the result is a record.

The demo, `faces release --watch` and the e2e suite all run releases here, and nowhere else is one waited for.
`experiment.py` says what is run and when it is over, `faulting.py` which faults are on at which moment: both pure. The
others carry it out.
"""

from chaos.experiment.experiment import Experiment
from chaos.experiment.following import follow_everything
from chaos.experiment.running import run
from chaos.experiment.session import ReleaseRun, Session, open_session
from chaos.experiment.visitors import Visitors
from chaos.experiment.witness import Witness

__all__ = [
    "Experiment",
    "ReleaseRun",
    "Session",
    "Visitors",
    "Witness",
    "follow_everything",
    "open_session",
    "run",
]
