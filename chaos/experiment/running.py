"""One experiment from its first visitor to its record."""

import asyncio
import time

from chaos.experiment.experiment import AFTER_S, Experiment
from chaos.experiment.session import ReleaseRun, Session
from chaos.record import End, Line, Record, Tone
from chaos.record.progress import SETTLING_S

# From the end of a release on, visitors have so long to be well again, if nobody says otherwise.
RECOVERY_S = SETTLING_S + AFTER_S
# What was sent before the end has been answered, and written down, by then.
_ANSWERED_S = 0.3


async def run(experiment: Experiment, session: Session) -> Record:
    """Release, watch, wait until visitors had time to be well again; returns what was watched.

    If the task is cancelled meanwhile, the record says that it was interrupted, and is returned all the same: what was
    seen until then is not lost. The caller sees it by `record.ended`, and has to end soon.
    """
    session.say(Line(f"Visitors send {experiment.rate:g} requests a second."))
    await asyncio.gather(asyncio.sleep(experiment.before_s), session.platform.measured())
    session.say(Line("Prometheus measures all that the analyses ask for.", Tone.GOOD))
    release = experiment.release
    run = await session.push(release, experiment.workload, experiment.version)
    session.say(Line(f"Release: {experiment.workload} {run.version}, {release.name}. {release.summary}"))
    try:
        await session.watch(
            run,
            experiment.limit_s,
            unattended=experiment.unattended,
            promote_pauses=experiment.promote_pauses,
        )
        return await recovered(session, run, experiment.after_s)
    except asyncio.CancelledError:
        run.end(End.INTERRUPTED, f"Interrupted before the experiment with {run.version} was over.")
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()
        return await session.record(run)


async def recovered(session: Session, run: ReleaseRun, after_s: float) -> Record:
    """Of a release that has ended: the record, once visitors had so many seconds to be well again."""
    await asyncio.sleep(SETTLING_S + after_s)
    await session.count_faults(run)
    # What came after the next release had begun is not of this one.
    until = next((one.released_at for one in session.runs if one.released_at > run.released_at), time.time())
    await asyncio.sleep(_ANSWERED_S)
    return await session.record(run, until)
