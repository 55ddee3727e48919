"""
Under which settings a session begins: those of now, or those that were in force then (decision 0046).

Law: for one datastream and one millisecond of recorded time there is one answer, also after a restart. What is answered
first is remembered with the commit that holds what came of it.
"""

from collections.abc import Callable

from playhead.base.settings import SettingsInForce
from playhead.base.units import DatastreamId
from playhead.store.port import SettingsHistory, settings_then


class InForce:
    """
    Settings of datastreams along recorded time. One thread.

    Attributes:
        now_ms: The recorded time that is asked for, Unix ms; whoever asks sets it first.
        again: What is taken was taken before: the history answers wherever it can.
    """

    def __init__(
        self, settings_of: Callable[[DatastreamId], SettingsInForce], history: SettingsHistory | None = None
    ) -> None:
        """
        Nothing is news.

        Args:
            settings_of: Settings of a datastream as of now.
            history: What a store remembers.
        """
        self.now_ms = 0
        self.again = False
        self._settings_of = settings_of
        self._history = {datastream_id: list(known) for datastream_id, known in (history or {}).items()}
        self._news: dict[DatastreamId, list[tuple[int, SettingsInForce]]] = {}
        self._asked_ms: dict[DatastreamId, int] = {}

    def __call__(self, datastream_id: DatastreamId) -> SettingsInForce:
        """Settings of a datastream at `now_ms`."""
        known = self._history.setdefault(datastream_id, [])
        if self.again and known:
            settings = self.then(datastream_id, self.now_ms)
        else:
            settings = self._settings_of(datastream_id)
            if known and (settings == known[-1][1] or self.now_ms <= self._asked_ms.get(datastream_id, -1)):
                settings = known[-1][1]  # another session of this very millisecond began under these
            else:
                known.append((self.now_ms, settings))
                self._news.setdefault(datastream_id, []).append((self.now_ms, settings))
        self._asked_ms[datastream_id] = max(self.now_ms, self._asked_ms.get(datastream_id, self.now_ms))
        return settings

    def then(self, datastream_id: DatastreamId, at_ms: int) -> SettingsInForce:
        """Settings that were in force for a session that began at a time of arrival; those of now where nobody remembers."""
        return settings_then(self._history, datastream_id, at_ms) or self._settings_of(datastream_id)

    def news(self) -> SettingsHistory:
        """What was answered for the first time since this was last asked; the caller sees that it is remembered."""
        news, self._news = self._news, {}
        return news
