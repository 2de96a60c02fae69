"""What was watched of one release: a plain value, one file, and what can be told of it.

`record.py` is the value, `file.py` the file, `progress.py` what its views come to, one after the other, `lines.py` the
sentences of the story, `seconds.py` what visitors saw in each second, `playing.py` what was to be seen at any moment.
Nothing here does more IO than to read and write the file.
"""

from chaos.record.file import read_record, write_record
from chaos.record.lines import Line, Tone
from chaos.record.playing import Playing
from chaos.record.progress import Measured, Point, Progress
from chaos.record.record import End, FaultCount, Record, Seen
from chaos.record.seconds import Seconds

__all__ = [
    "End",
    "FaultCount",
    "Line",
    "Measured",
    "Playing",
    "Point",
    "Progress",
    "Record",
    "Seconds",
    "Seen",
    "Tone",
    "read_record",
    "write_record",
]
