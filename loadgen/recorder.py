"""What becomes of a sample: it is counted and, if there is a log, written there."""

from loadgen.samples import Sample, SampleWriter
from loadgen.tally import Tally


class Recorder:
    def __init__(self, tally: Tally, log: SampleWriter | None) -> None:
        self._tally, self._log = tally, log
        self._closed = False

    def record(self, sample: Sample) -> None:
        if self._closed:
            return
        self._tally.add(sample)
        if self._log is not None:
            self._log.write(sample)

    def close(self) -> None:
        """Take no more, so that summary and log hold the same requests: those that end later were cut off."""
        self._closed = True
