"""The sessionStart of an open session, packed."""

from typing import Final

from playhead.events.session import SessionStart
from playhead.sessions.packing import Packing

Told = tuple[SessionStart, str | None]
"""A sessionStart with the visitor that the door resolved."""

STARTS: Final[Packing[Told]] = Packing(
    Told,
    b"version name environment server browserDetails userAgent viewportWidth viewportHeight type connectionType "
    b"FPID CORE AAID id authenticatedState ambiguous loggedOut primary authenticated ECID "
    b"feed dayPart streamFormat streamType adLoad authorized mvpd originator network rating firstDigitalDate "
    b"firstAirDate 2026-01-01 assetID segment genre showType full-episode episode season show channel appVersion "
    b"friendlyName album artist author label publisher station hasResume playerName video audio vod live linear "
    b"https://ns.adobe.com/experience/ SessionStart",
)
