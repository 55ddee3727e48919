"""
What a person worked out from metrics.md about a viewing, beside what the engine told.

    by hand: sessionComplete timePlayed=16 pauseTime=3 -pauseCount    the last row of that kind: these values; no pauseCount
    by hand: S2 adComplete 1 at=12.5 pod.index=1 name="a1"            of another session; the timestamp; other objects
    by hand: no adStart 2                                             there is no such row, or it was retracted
    by hand: closes idle end                                          causes of the closes, in order
    by hand: outcomes accepted duplicate                              what became of the deliveries, in order

Plain names are those of the object the row is about; `session.`, `pod.`, `metadata.`, `details.` (implementationDetails) and
`identity.ECID.` (its first entry) say others; a player state is `state.mute=2x10`, twice, 10 s in all. Law: `--update-golden` never touches these lines.
"""

from typing import Any

import msgspec

from playhead.reporting.outputs import Judged, Row, SessionRecord
from playhead.reporting.rows import row_id
from timelines.scripts import BASE_MS, Run

PREFIX = "by hand:"
_OBJECTS = {"advertisingDetails": "", "chapterDetails": "", "qoeDataDetails": "", "advertisingPodDetails": "pod."}


def lines(script: str) -> list[str]:
    """The lines of a script that were worked out by hand."""
    return [line.removeprefix(PREFIX).strip() for line in script.splitlines() if line.startswith(PREFIX)]


def differences(run: Run, line: str) -> list[str]:
    """What a line says that is not so, in words; [] if all of it is."""
    session_id, words = "S1", line.split()
    if words[0] == "closes":
        closes = [one.close_cause for one in run.outputs if isinstance(one, SessionRecord) and one.close_cause]
        return [] if closes == words[1:] else [f"{line}: closes {closes}"]
    if words[0] == "outcomes":
        outcomes = [one.outcome.value for one in run.outputs if isinstance(one, Judged)]
        return [] if outcomes == words[1:] else [f"{line}: outcomes {outcomes}"]
    absent = words[0] == "no"
    words = words[1:] if absent else words
    if words[0].startswith("S"):
        session_id, *words = words
    kind, *words = words
    n = int(words.pop(0)) if words and words[0].isdigit() else 0
    row = run.last_rows.get(row_id(session_id, f"media.{kind}", n))  # type: ignore[arg-type]
    if row is None or absent:
        return [] if row is None and absent else [f"{line}: {'there is one' if absent else 'no such row'}"]
    fields = _fields(row)
    return [
        f"{line}: {word}, not {fields.get(name)}"
        for word in words
        if not _holds(fields, word)
        for name in [_name(word)]
    ]


def _name(word: str) -> str:
    return word.partition("=")[0].removeprefix("-")


def _holds(fields: dict[str, Any], word: str) -> bool:
    if word.startswith("-"):
        return word[1:] not in fields
    name, _, text = word.partition("=")
    return name in fields and fields[name] == _value(text)


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _fields(row: Row) -> dict[str, Any]:
    media = msgspec.json.decode(msgspec.json.encode(row.xdm["mediaReporting"]))
    own = row.event_type in {"media.sessionStart", "media.sessionComplete"}
    fields: dict[str, Any] = {"at": (row.at_ms - BASE_MS) / 1000}
    fields |= {("" if own else "session.") + name: value for name, value in media["sessionDetails"].items()}
    for key, prefix in _OBJECTS.items():
        fields |= {prefix + name: value for name, value in media.get(key, {}).items()}
    fields |= {f"state.{one['name']}": f"{one['count']}x{one['time']}" for one in media.get("states", [])}
    fields |= {f"metadata.{one['name']}": one["value"] for one in media.get("customMetadata", [])}
    fields |= {name: media[name] for name in ("playhead",) if name in media}
    for namespace, entries in row.xdm.get("identityMap", {}).items():
        fields |= {f"identity.{namespace}.{name}": value for name, value in entries[0].items()}
    fields |= {f"details.{name}": value for name, value in row.xdm["implementationDetails"].items()}
    return fields
