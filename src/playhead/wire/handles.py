"""
What an answer hands to the client: session, visitor, consent, location, state (protocol.md 4.2).

Law: handles stand in the order new-session, identity:result, consent:preferences, locationHint:result, state:store.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from playhead.wire.identity import IdentityState, encode_identity, identity_key

Handle = dict[str, Any]

CLUSTER_MAX_AGE_S = 1_800
IDENTITY_MAX_AGE_S = 34_128_000
CONSENT_MAX_AGE_S = 15_552_000
HINT_TTL_S = 1_800

_OTHER_SCOPES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "va6": (("Target", "34"), ("AAM", "7")),
    "or2": (("Target", "35"), ("AAM", "9")),
    "irl1": (("AAM", "6"),),
}
"""Hints of other scopes that belong to a location (protocol.md 4.2); elsewhere only EdgeNetwork is told."""


def new_session(session_id: str, event_index: int) -> Handle:
    """The session that was started by `events[event_index]`."""
    return {"payload": [{"sessionId": session_id}], "type": "media-analytics:new-session", "eventIndex": event_index}


def identity_result(ecid: str) -> Handle:
    """The visitor, for clients that asked for it."""
    return {"payload": [{"id": ecid, "namespace": {"code": "ECID"}}], "type": "identity:result"}


def consent_preferences(collect: str) -> Handle:
    """The consent as it is now understood: `y` or `n` (protocol.md 3.4)."""
    return {"payload": [{"collect": {"val": collect}}], "type": "consent:preferences"}


def location_hint(hint: str) -> Handle:
    """Where the next request should go."""
    scopes = (*_OTHER_SCOPES.get(hint, ()), ("EdgeNetwork", hint))
    payload = [{"scope": scope, "hint": value, "ttlSeconds": HINT_TTL_S} for scope, value in scopes]
    return {"payload": payload, "type": "locationHint:result"}


def state_store(
    org_id: str, hint: str, identity: IdentityState | None, *, consent: str | None = None, same_site_none: bool = False
) -> Handle:
    """
    What the client should remember: the cluster, then the identity and the consent where there is news.

    Args:
        org_id: Organisation of the datastream; names the entries.
        hint: Location hint of the answer.
        identity: State to send back; None when the client's is good (protocol.md 5.4).
        consent: `in` or `out`; None when the request was not about consent.
        same_site_none: Whether browsers should store the entries for cross-site use.
    """
    prefix = identity_key(org_id).removesuffix("_identity")
    entries = [(f"{prefix}_cluster", hint, CLUSTER_MAX_AGE_S)]
    if identity is not None:
        entries.append((f"{prefix}_identity", encode_identity(identity), IDENTITY_MAX_AGE_S))
    if consent is not None:
        entries.append((f"{prefix}_consent", f"general={consent}", CONSENT_MAX_AGE_S))
    payload: list[dict[str, Any]] = [{"key": key, "value": value, "maxAge": age} for key, value, age in entries]
    if same_site_none:
        for item in payload:
            item["attrs"] = {"SameSite": "None"}
    return {"payload": payload, "type": "state:store"}


def in_order(handles: Iterable[Handle]) -> list[Handle]:
    """The handles in the order of protocol.md 4.2; those of one type keep theirs."""
    return sorted(handles, key=lambda handle: _ORDER.index(handle["type"]))


_ORDER = (
    "media-analytics:new-session",
    "identity:result",
    "consent:preferences",
    "locationHint:result",
    "state:store",
)
