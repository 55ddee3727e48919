"""Consent in three standards (protocol.md 3.4)."""

import base64
from typing import Any

import pytest

from playhead.wire.consent import Collect, Refused, read_consent
from playhead.wire.refusals import Refusal


def adobe(value: Any, version: str = "2.0") -> dict[str, Any]:
    """A statement of the vendor's standard."""
    return {"standard": "Adobe", "version": version, "value": value}


def tcf(*, purpose_1: bool, applies: Any = True) -> dict[str, Any]:
    """A TCF 2 statement whose core segment grants purpose 1 or not."""
    core = bytearray(32)
    core[0] = 2 << 2
    core[19] = 0x80 if purpose_1 else 0x7F

    text = base64.urlsafe_b64encode(bytes(core)).decode().rstrip("=")
    return {"standard": "IAB TCF", "version": "2.0", "value": f"{text}.ABC", "gdprApplies": applies}


@pytest.mark.parametrize(
    ("statement", "choice"),
    [
        (adobe({"collect": {"val": "y"}}), Collect.IN),
        (adobe({"collect": {"val": "n"}}), Collect.OUT),
        (adobe({"general": "in"}, "1.0"), Collect.IN),
        (adobe({"general": "out"}, "1.0"), Collect.OUT),
        (tcf(purpose_1=True), Collect.IN),
        (tcf(purpose_1=False), Collect.OUT),
        (tcf(purpose_1=False, applies=None), Collect.OUT),
        (tcf(purpose_1=False, applies=False), Collect.IN),
    ],
)
def test_choice_is_read_in_each_standard(statement: dict[str, Any], choice: Collect) -> None:
    """Both versions of the vendor's standard, and TCF's purpose 1 unless the regulation does not apply."""
    assert choice is read_consent({"consent": [statement]})


def test_one_out_wins() -> None:
    """Of several statements the most careful counts."""
    statements = [adobe({"collect": {"val": "n"}}), adobe({"collect": {"val": "y"}})]
    assert read_consent({"consent": statements}) is Collect.OUT


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({}, Refused(Refusal.VALUE_MISSING, "consent")),
        ({"consent": None}, Refused(Refusal.VALUE_MISSING, "consent")),
        ({"consent": []}, Refused(Refusal.VALUE_MISSING, "consent")),
        ({"consent": "y"}, Refused(Refusal.CONSENT_INVALID, "consent")),
        ({"consent": ["y"]}, Refused(Refusal.CONSENT_INVALID, "consent")),
        ({"consent": [{"version": "2.0", "value": {}}]}, Refused(Refusal.VALUE_MISSING, "consent.standard")),
        ({"consent": [adobe("")]}, Refused(Refusal.VALUE_EMPTY, "consent.value")),
        ({"consent": [adobe({"collect": {"val": ""}})]}, Refused(Refusal.VALUE_EMPTY, "consent.value.collect.val")),
        ({"consent": [adobe({"collect": {}})]}, Refused(Refusal.VALUE_MISSING, "consent.value.collect.val")),
        ({"consent": [adobe({"collect": "y"})]}, Refused(Refusal.CONSENT_INVALID, "consent.value.collect")),
        (
            {"consent": [adobe({"collect": {"val": "p"}})]},
            Refused(Refusal.CONSENT_INVALID, "consent.value.collect.val"),
        ),
        (
            {"consent": [adobe({"collect": {"val": ["y"]}})]},
            Refused(Refusal.CONSENT_INVALID, "consent.value.collect.val"),
        ),
        ({"consent": [adobe({}, "3.0")]}, Refused(Refusal.CONSENT_INVALID, "consent.standard")),
        (
            {"consent": [{"standard": "IAB TCF", "version": "2.0", "value": "x"}]},
            Refused(Refusal.CONSENT_INVALID, "consent.value"),
        ),
    ],
)
def test_unreadable_consent_is_refused(body: dict[str, Any], refused: Refused) -> None:
    """protocol.md 4.5 E and 3.4: missing, empty and unknown have their own codes."""
    assert refused == read_consent(body)
