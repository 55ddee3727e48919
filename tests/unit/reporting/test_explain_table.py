"""Every computed field of the metrics specification can be explained. The names are copied from it by hand."""

from playhead.reporting.explain_formulas import FORMULA_WORDS, Formula
from playhead.reporting.explain_table import AD_FIELDS, CHAPTER_FIELDS, FIELDS, STATE_FIELDS

STATIC = "ID genreList contentType length pev3 pccr"
"""metrics.md 2.1: those with a rule; the others are what the client said."""
SESSION = """
    isViewed hasResume isDownloaded isFederated isPlayed hasSegmentView isCompleted timePlayed totalTimePlayed
    uniqueTimePlayed averageMinuteAudience estimatedStreams adCount chapterCount pauseCount pauseTime
    hasPauseImpactedStreams hasProgress10 hasProgress25 hasProgress50 hasProgress75 hasProgress95 segment
    secondsSinceLastCall scheduleTimePlayed
"""
"""metrics.md 2.2."""
AD = (
    "advertisingDetails.isStarted advertisingDetails.timePlayed advertisingDetails.isCompleted advertisingPodDetails.ID"
)
"""metrics.md 2.3: the others echo adStart and adBreakStart."""
CHAPTER = "chapterDetails.ID chapterDetails.isStarted chapterDetails.isCompleted chapterDetails.timePlayed"
"""metrics.md 2.4: the others echo chapterStart."""
QUALITY = """
    bitrateAverage bitrateAverageBucket bitrateChangeCount hasBitrateChangeImpactedStreams droppedFrames
    hasDroppedFrameImpactedStreams framesPerSecond timeToStart isDroppedBeforeStart bufferCount
    hasBufferImpactedStreams bufferTime stallCount hasStallImpactedStreams stallTime errorCount
    hasErrorImpactedStreams playerSdkErrors externalErrors mediaSdkErrors
"""
"""metrics.md 2.5."""
STATE = "isSet count time"
"""metrics.md 2.6: `name` is the state itself."""


def test_every_computed_field_can_be_explained() -> None:
    """The table has each field of the specification and no other."""
    session = {f"sessionDetails.{name}" for name in f"{STATIC} {SESSION}".split()}
    assert session | {f"qoeDataDetails.{name}" for name in QUALITY.split()} == set(FIELDS)
    assert [set(AD.split()), set(CHAPTER.split()), set(STATE.split())] == [
        {field.name for field in fields} for fields in (AD_FIELDS, CHAPTER_FIELDS, STATE_FIELDS)
    ]


def test_each_field_says_where_its_rule_is() -> None:
    """Sections are those in which the specification has the field."""
    sections = {
        section: {field.name.rpartition(".")[2] for field in every if field.section == section}
        for section, every in [
            *((section, FIELDS.values()) for section in ("2.1", "2.2", "2.5")),
            ("2.3", AD_FIELDS),
            ("2.4", CHAPTER_FIELDS),
            ("2.6", STATE_FIELDS),
        ]
    }
    expected = {"2.1": STATIC, "2.2": SESSION, "2.3": AD, "2.4": CHAPTER, "2.5": QUALITY, "2.6": STATE}
    assert {section: {n.rpartition(".")[2] for n in names.split()} for section, names in expected.items()} == sections


def test_rules_are_sentences_and_formulas_have_words() -> None:
    """What a person reads is there."""
    every = [*FIELDS.values(), *AD_FIELDS, *CHAPTER_FIELDS, *STATE_FIELDS]
    assert [] == [field.name for field in every if not field.rule.endswith(".")]
    assert set(Formula) == set(FORMULA_WORDS)
