"""The journal's face: what other floors use."""

from playhead.journal.damage import Damage
from playhead.journal.disk import RealDisk
from playhead.journal.frame import Batch
from playhead.journal.limits import JournalLimits
from playhead.journal.reader import JournalReader
from playhead.journal.recover import Recovery
from playhead.journal.retention import SegmentInfo, removable, remove_before, segments
from playhead.journal.survey import Survey, survey, surveyed_disk
from playhead.journal.writer import Deliver, Done, JournalStats, JournalWriter, deliver_each, seal

__all__ = [
    "Batch",
    "Damage",
    "Deliver",
    "Done",
    "JournalLimits",
    "JournalReader",
    "JournalStats",
    "JournalWriter",
    "RealDisk",
    "Recovery",
    "SegmentInfo",
    "Survey",
    "deliver_each",
    "removable",
    "remove_before",
    "seal",
    "segments",
    "survey",
    "surveyed_disk",
]
