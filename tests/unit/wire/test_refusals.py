"""The closed set of refusals."""

from playhead.wire import refusals
from playhead.wire.refusals import BARE, GATEWAY, MEDIA, REASONS, WHEN, Refusal


def test_each_refusal_has_one_way_of_being_answered() -> None:
    """Gateway, media and bare refusals share none and leave none out."""
    assert sorted([*GATEWAY, *MEDIA, *BARE]) == sorted(Refusal)


def test_the_code_names_the_status() -> None:
    """The number at the end of a code is the HTTP status of its answer."""
    statuses = {code: problem.status for code, problem in {**GATEWAY, **MEDIA}.items()} | dict(BARE)
    assert statuses == {code: int(code.split(":")[0][-3:]) for code in Refusal}


def test_reasons_are_those_of_the_protocol() -> None:
    """The fixed reasons of protocol.md 8.4, to the letter."""
    assert refusals.MISSING == "Missing required field"
    assert refusals.expected("integer") == "Invalid type, expected integer"
    assert refusals.NEGATIVE == "Value must be greater than or equal to 0"
    assert refusals.one_of("a", "b") == "Value must be one of a, b"
    assert refusals.must_match("^x$") == "Value must match ^x$"
    assert refusals.NOT_ALLOWED == "Field is not allowed for this event type"
    assert refusals.TOO_LONG == "Value is too long"
    assert refusals.session_id_length(63) == "Unexpected error. Hint: InvalidApiSidLength=63"
    assert refusals.STATES_EMPTY.startswith("Unexpected error. Hint:")


def test_everything_is_explained() -> None:
    """Each code says when it is answered; each reason what it means, also with words of its own in it."""
    assert list(Refusal) == list(WHEN)
    assert list(REASONS.values()) == [refusals.meaning_of(reason) for reason in REASONS]
    said = (refusals.expected("object"), refusals.one_of("audio", "video"), refusals.session_id_length(3))
    assert [
        "another JSON type, or a number that is not finite",
        "a text outside a closed set",
        "a session id of n characters instead of 64",
    ] == [refusals.meaning_of(reason) for reason in said]
    assert "both lists of a statesUpdate are absent or empty" == refusals.meaning_of(refusals.STATES_EMPTY)
