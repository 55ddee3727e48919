"""The name of each event on the wire (protocol.md 1.2)."""

from collections.abc import Mapping

from playhead.events import ads, chapters, playback, quality, session, states
from playhead.events.event import Event

ACTION_OF: Mapping[type[Event], str] = {
    session.SessionStart: "sessionStart",
    session.SessionComplete: "sessionComplete",
    session.SessionEnd: "sessionEnd",
    session.Downloaded: "downloaded",
    playback.Play: "play",
    playback.PauseStart: "pauseStart",
    playback.BufferStart: "bufferStart",
    playback.Ping: "ping",
    ads.AdBreakStart: "adBreakStart",
    ads.AdBreakComplete: "adBreakComplete",
    ads.AdStart: "adStart",
    ads.AdComplete: "adComplete",
    ads.AdSkip: "adSkip",
    chapters.ChapterStart: "chapterStart",
    chapters.ChapterComplete: "chapterComplete",
    chapters.ChapterSkip: "chapterSkip",
    states.StatesUpdate: "statesUpdate",
    quality.BitrateChange: "bitrateChange",
    quality.PlaybackError: "error",
}
"""All 19 actions; `media.` + action is the event type."""
