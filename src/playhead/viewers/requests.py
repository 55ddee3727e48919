"""Requests as the SDKs write them (protocol.md 3.3 and 6.1): path, media type and body."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from playhead.viewers.network import Request
from playhead.viewers.people import Sdk, Viewer

STARTS: Final = frozenset({"sessionStart", "downloaded"})
"""Actions whose answer names a session."""

_ENCODE = msgspec.json.Encoder().encode
_SDK_NAME: Final = "https://ns.adobe.com/experience/"
_STREAMING: Final = {"enabled": True, "recordSeparator": "\0", "lineFeed": "\n"}
_SDKS: Final[Mapping[Sdk, Mapping[str, str]]] = {
    Sdk.WEB: {"name": f"{_SDK_NAME}alloy", "version": "2.33.1", "environment": "browser"},
    Sdk.IOS: {"name": f"{_SDK_NAME}mobilesdk/ios", "version": "5.2.0+5.0.3", "environment": "app"},
    Sdk.ANDROID: {"name": f"{_SDK_NAME}mobilesdk/android", "version": "3.1.0+3.0.2", "environment": "app"},
    Sdk.ROKU: {"name": f"{_SDK_NAME}mobilesdk/roku", "version": "1.3.0", "environment": "app"},
}


def route_of(request: Request) -> str:
    """The path behind the base: browsers start sessions through `v1/interact`."""
    if request.action == "sessionStart" and request.viewer.sdk is Sdk.WEB:
        return "v1/interact"
    return f"va/v1/{request.action}"


def media_type_of(request: Request) -> str:
    """Content-Type of the request."""
    return "text/plain; charset=UTF-8" if request.viewer.sdk is Sdk.WEB else "application/json"


def body_of(request: Request, session_id: str) -> bytes:
    """
    The body.

    Args:
        request: The request.
        session_id: The session it belongs to; not used by starts and downloads.
    """
    xdm: dict[str, Any] = {"eventType": f"media.{request.action}"}
    if request.client_id is not None:
        xdm["_id"] = request.client_id
    if request.items:
        skew_ms = request.viewer.skew_ms
        xdm["mediaDownloadedEvents"] = [
            {
                "mediaEventType": f"media.{item.action}",
                "mediaEventTimestamp": timestamp(item.said_ms + skew_ms),
                "mediaCollection": item.collection,
            }
            for item in request.items
        ]
    else:
        xdm["timestamp"] = timestamp(request.said_ms)
        named = {} if request.action in STARTS else {"sessionID": session_id}
        xdm["mediaCollection"] = {**request.collection, **named}
    body: dict[str, Any] = {"events": [{"xdm": xdm}]}
    if request.viewer.sdk is Sdk.WEB:
        if request.action in STARTS:
            xdm["identityMap"] = {"FPID": [{"id": request.viewer.identity, "primary": False}]}
            xdm["implementationDetails"] = _SDKS[Sdk.WEB]
        body["query"] = {"identity": {"fetch": ["ECID"]}}
        body["meta"] = {"state": {"domain": "example.com", "cookiesEnabled": True}}
    else:
        body["xdm"] = _shared(request.viewer)
        if request.viewer.sdk is not Sdk.ROKU:
            body["meta"] = {"konductorConfig": {"streaming": _STREAMING}}
    return _ENCODE(body)


def timestamp(at_ms: int) -> str:
    """RFC 3339 in UTC with milliseconds."""
    second, ms = divmod(at_ms, 1000)
    return f"{_second(second)}.{ms:03d}Z"


@lru_cache(maxsize=4096)
def _second(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _shared(viewer: Viewer) -> dict[str, Any]:
    """Request-level `xdm` of phones and Roku."""
    identity = [{"id": viewer.identity, "authenticatedState": "ambiguous", "primary": False}]
    return {"identityMap": {"ECID": identity}, "implementationDetails": _SDKS[viewer.sdk]}
