"""
Consent as clients state it, in three standards (protocol.md 3.4).

Law: the answer is one of two words, `in` or `out`; where several statements are made, one `out` wins.
"""

import binascii
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from playhead.wire.refusals import Refusal


class Collect(Enum):
    """Whether data may be collected: as the state entry says it, and as `collect.val` does."""

    IN = ("in", "y")
    OUT = ("out", "n")

    @property
    def general(self) -> str:
        """Word of `kndctr_{ORG}_consent`."""
        return self.value[0]

    @property
    def letter(self) -> str:
        """Value of the consent:preferences handle."""
        return self.value[1]


class Refused(NamedTuple):
    """Why the consent cannot be read, and the member it is about."""

    refusal: Refusal
    subject: str


_TCF_PURPOSES_BIT = 152
"""Where `PurposesConsent` begins in the core segment of a TCF 2 string; its first bit is purpose 1."""


def read_consent(body: Mapping[str, Any]) -> Collect | Refused:
    """
    The consent of a set-consent body.

    Returns:
        The choice; or a refusal: nothing stated (EXEG-0103-400), an unknown standard, version or value
        (EXEG-0102-400), an empty text (EXEG-0104-422).
    """
    stated = body.get("consent")
    if stated is None or stated == []:
        return Refused(Refusal.VALUE_MISSING, "consent")
    if not isinstance(stated, list):
        return Refused(Refusal.CONSENT_INVALID, "consent")
    choice = Collect.IN
    for item in stated:
        read = _statement(item) if isinstance(item, dict) else Refused(Refusal.CONSENT_INVALID, "consent")
        if isinstance(read, Refused):
            return read
        if read is Collect.OUT:
            choice = Collect.OUT
    return choice


def _statement(item: dict[str, Any]) -> Collect | Refused:
    for member in ("standard", "version", "value"):
        value = item.get(member)
        if value is None:
            return Refused(Refusal.VALUE_MISSING, f"consent.{member}")
        if value == "":
            return Refused(Refusal.VALUE_EMPTY, f"consent.{member}")
    value = item["value"]
    match str(item["standard"]).lower(), str(item["version"]):
        case "adobe", "1.0" | "1":
            return _adobe(value, ("general",), {"in": Collect.IN, "out": Collect.OUT})
        case "adobe", "2.0" | "2":
            return _adobe(value, ("collect", "val"), {"y": Collect.IN, "n": Collect.OUT})
        case "iab tcf", version if version.startswith("2"):
            return _tcf(value, item.get("gdprApplies"))
    return Refused(Refusal.CONSENT_INVALID, "consent.standard")


def _adobe(value: Any, path: tuple[str, ...], words: Mapping[str, Collect]) -> Collect | Refused:
    subject = "consent.value"
    for member in path:
        if not isinstance(value, dict):
            return Refused(Refusal.CONSENT_INVALID, subject)
        subject = f"{subject}.{member}"
        value = value.get(member)
        if value is None:
            return Refused(Refusal.VALUE_MISSING, subject)
    if value == "":
        return Refused(Refusal.VALUE_EMPTY, subject)
    choice = words.get(value) if isinstance(value, str) else None
    return Refused(Refusal.CONSENT_INVALID, subject) if choice is None else choice


def _tcf(value: Any, gdpr_applies: Any) -> Collect | Refused:
    """Out when the regulation is not said to be inapplicable and purpose 1 is refused."""
    core = value.partition(".")[0] if isinstance(value, str) else ""
    try:
        raw = binascii.a2b_base64(core.replace("-", "+").replace("_", "/") + "=" * (-len(core) % 4))
    except ValueError:
        raw = b""
    if len(raw) * 8 <= _TCF_PURPOSES_BIT:
        return Refused(Refusal.CONSENT_INVALID, "consent.value")
    granted = raw[_TCF_PURPOSES_BIT // 8] >> (7 - _TCF_PURPOSES_BIT % 8) & 1
    return Collect.IN if gdpr_applies is False or granted else Collect.OUT
