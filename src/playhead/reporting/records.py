"""A session as the store and the API show it."""

from typing import Any

from playhead.reporting import fields
from playhead.reporting.identities import identity_map, person, resolved_ecid
from playhead.reporting.outputs import SessionRecord, SessionState
from playhead.sessions.ads import AdPlay
from playhead.sessions.arrivals import PROVISIONAL
from playhead.sessions.chapters import ChapterPlay
from playhead.sessions.facts import seconds
from playhead.sessions.fold import Fold
from playhead.sessions.session import Session


def record_of(session: Session, fold: Fold, now_ms: int) -> SessionRecord:
    """
    The record of a session.

    Args:
        session: Closed (it has a cause), ended and waiting for stragglers, or open.
        fold: All of it, finished.
        now_ms: The close instant to assume while it is open.
    """
    start = session.start
    ended = session.end_received_ms >= 0
    closed_ms = session.closed_ms if session.cause is not None else session.end_received_ms if ended else None
    cause = "end" if session.cause is None and ended else session.cause
    silence_ms = (now_ms if closed_ms is None else closed_ms) - session.last_received_ms
    viewed = fields.viewed_ms(fold, start.length_s)
    details = fields.static_details(session.session_id, start)
    details["pev3"] = fields.pev3(start)
    details["pccr"] = True
    details.update(
        fields.close_details(
            fold, start, viewed, silence_ms=silence_ms, cause=session.cause, federated=session.rules.federated
        )
    )
    identities = identity_map(start.identity_map, session.ecid)
    begin = fields.start_details(start, downloaded=session.downloaded)
    return SessionRecord(
        session_id=session.session_id,
        datastream_id=session.datastream_id,
        state=SessionState.CLOSED if session.cause else SessionState.CLOSING if ended else SessionState.OPEN,
        close_cause=None if cause is None else str(cause),
        provisional=session.cause in PROVISIONAL,
        started_at_ms=session.started_at_ms,
        last_at_ms=fold.at_ms,
        largest_at_ms=session.largest_at_ms,
        smallest_at_ms=session.smallest_at_ms,
        started_received_ms=session.started_received_ms,
        last_received_ms=session.last_received_ms,
        playhead_changed_ms=session.playhead_changed_ms,
        closed_ms=closed_ms,
        person=person(identities, session.ecid, session.rules.person_namespace),
        ecid=resolved_ecid(identities, session.ecid),
        identity_map=identities,
        session_details=details,
        qoe=fields.quality_details(fold),
        states=fields.state_details(fold),
        custom_metadata=dict(start.metadata),
        ads=[_ad(ad, start.name) for ad in fold.ads],
        chapters=[_chapter(chapter, start.name) for chapter in fold.chapters],
        viewed_s=[(begin_ms / 1000, end_ms / 1000) for begin_ms, end_ms in viewed],
        replayed_s=[
            (begin_ms / 1000, end_ms / 1000)
            for begin_ms, end_ms in fields.replayed_ms(fold, start.length_s, session.rules.jitter_ms)
        ],
        main_play_ms=fold.main_play.union(),
        ad_play_ms=fold.ad_play.union(),
        accepted=session.accepted,
        duplicate=session.duplicate,
        dropped=session.dropped,
        is_viewed="isViewed" in begin,
        is_downloaded="isDownloaded" in begin,
    )


def _ad(ad: AdPlay, name: str) -> dict[str, Any]:
    details = fields.ad_close_details(ad.details, seconds(ad.played_ms), completed=ad.completed)
    details["isStarted"] = True
    return {
        "ordinal": ad.ordinal,
        "startedAtMs": ad.started_at_ms,
        "closedAtMs": ad.closed_at_ms,
        "advertisingDetails": details,
        "advertisingPodDetails": fields.pod_details(ad.pod, name),
        "customMetadata": dict(ad.metadata),
    }


def _chapter(chapter: ChapterPlay, name: str) -> dict[str, Any]:
    return {
        "ordinal": chapter.ordinal,
        "startedAtMs": chapter.started_at_ms,
        "closedAtMs": chapter.closed_at_ms,
        "chapterDetails": fields.chapter_details(
            chapter.details, name, seconds(chapter.played_ms), completed=chapter.completed
        ),
        "customMetadata": dict(chapter.metadata),
    }
