"""The identities of a session as they are written, and whom they name (metrics.md 3.2, 6.1)."""

from collections.abc import Mapping
from typing import Any, Final

_ECID: Final = "ECID"


def identity_map(sent: Mapping[str, Any], ecid: str | None) -> dict[str, Any]:
    """
    The sent identities with the resolved ECID added where none was sent, each with an authenticated state.

    Where no identity is marked primary, the first ECID is. What is not a list of identities is left out.
    """
    identities: dict[str, list[dict[str, Any]]] = {}
    for namespace, items in sent.items():
        kept = [_identity(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        if kept:
            identities[namespace] = kept
    found = _find(identities, _ECID)
    if not found and ecid is not None:
        found = identities.setdefault(_ECID, [])
        found.append({"id": ecid, "authenticatedState": "ambiguous"})
    if found and not any(item.get("primary") is True for items in identities.values() for item in items):
        found[0]["primary"] = True
    return identities


def resolved_ecid(identities: Mapping[str, Any], ecid: str | None) -> str | None:
    """The visitor: what the door resolved, else the first ECID that was sent."""
    if ecid is not None:
        return ecid
    found = _find(identities, _ECID)
    return _text(found[0]) if found else None


def person(identities: Mapping[str, Any], ecid: str | None, namespace: str | None) -> str | None:
    """Who watched: the id in the datastream's person namespace where the session has one, else the visitor."""
    if namespace is not None:
        found = _find(identities, namespace)
        chosen = next((item for item in found if item.get("primary") is True), found[0] if found else None)
        named = _text(chosen) if chosen is not None else None
        if named is not None:
            return named
    return resolved_ecid(identities, ecid)


def _identity(item: Mapping[str, Any]) -> dict[str, Any]:
    identity = dict(item)
    if not identity.get("authenticatedState"):
        identity["authenticatedState"] = "ambiguous"
    return identity


def _find(identities: Mapping[str, Any], namespace: str) -> list[dict[str, Any]]:
    """The identities of a namespace, whatever its case (protocol.md 5.3)."""
    wanted = namespace.upper()
    return next((items for name, items in identities.items() if name.upper() == wanted and items), [])


def _text(item: Mapping[str, Any]) -> str | None:
    text = item.get("id")
    return text if isinstance(text, str) and text else None
