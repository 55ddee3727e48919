"""What goes into the heart of the collector and what comes out; the world as it sees it."""

from typing import Protocol

from msgspec import Struct

from playhead.collector.closings import Closings
from playhead.collector.config import CollectorConfig
from playhead.collector.entropy import Entropy
from playhead.collector.paths import Paths
from playhead.deployment.keys import Keys
from playhead.wire.answers import HeaderList, common_headers


class Datastream(Protocol):
    """What the door needs to know of a datastream; `deployment.datastreams` describes the members."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def org_id(self) -> str: ...  # noqa: D102
    @property
    def enabled(self) -> bool: ...  # noqa: D102
    @property
    def media(self) -> bool: ...  # noqa: D102
    @property
    def allowed_origins(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def fpid_cookie(self) -> str: ...  # noqa: D102
    @property
    def same_site_none(self) -> bool: ...  # noqa: D102
    @property
    def keep_ip(self) -> bool: ...  # noqa: D102
    @property
    def keep_user_agent(self) -> bool: ...  # noqa: D102


class Datastreams(Protocol):
    """Looks datastreams up. Never blocks, never raises."""

    def get(self, datastream_id: str, /) -> Datastream | None:
        """The datastream of exactly this id; None if there is none."""
        ...


class Request(Struct, gc=False):
    """
    One HTTP request.

    Attributes:
        method: In upper case.
        path: Percent-decoded, without the query.
        query: As received.
        headers: In the order received, names in lower case.
        body: Complete.
        received_ms: Arrival, Unix ms.
        client_ip: Of the peer; empty when unknown.
    """

    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    received_ms: int
    client_ip: str = ""


class Reply(Struct, gc=False):
    """
    What to do about a request.

    Attributes:
        status: HTTP status.
        headers: All but `date`.
        body: May be empty.
        route: Canonical route for counting; `other` for paths that do not exist.
        accepted: Journal payload of what was taken; the answer may only be sent once it is on disk. None: nothing.
        refused: Journal payload of a refused media request; nobody waits for it. None: nothing.
        reasons: Codes of what was refused (`wire.refusals`), for counting.
        hint: Location of the answer: the first COMMON_HEADERS headers follow from it.
    """

    status: int
    headers: HeaderList
    body: bytes
    route: str
    accepted: bytes | None = None
    refused: bytes | None = None
    reasons: tuple[str, ...] = ()
    hint: str = ""


class CollectorWorld:
    """
    All that the heart knows besides the request. Built once by `app`; its parts may change behind their ports.

    Attributes:
        keys: Secrets of the deployment.
        datastreams: Where datastreams are looked up.
        config: Settings.
        entropy: The dice.
        closings: Which sessions take no more events.
        paths: The table of paths under `config.base_paths`.
    """

    __slots__ = ("_heads", "closings", "config", "datastreams", "entropy", "keys", "paths")

    def __init__(
        self, *, keys: Keys, datastreams: Datastreams, config: CollectorConfig, entropy: Entropy, closings: Closings
    ) -> None:
        self.keys = keys
        self.datastreams = datastreams
        self.config = config
        self.entropy = entropy
        self.closings = closings
        self.paths = Paths(config.base_paths, config.location_hint)
        self._heads: dict[str, tuple[HeaderList, bytes]] = {}

    def headers(self, hint: str) -> HeaderList:
        """The headers every answer from this location has, as a list of the caller's own."""
        return self._head(hint)[0].copy()

    def head(self, hint: str) -> bytes:
        """The same, as they are written."""
        return self._head(hint)[1]

    def _head(self, hint: str) -> tuple[HeaderList, bytes]:
        known = self._heads.get(hint)
        if known is None:
            headers = common_headers(hint, self.config.version, self.config.build)
            assert len(headers) == COMMON_HEADERS, "a reply is cut behind them"
            known = headers, b"".join(name + b": " + value + b"\r\n" for name, value in headers)
            if len(self._heads) < _HINTS_REMEMBERED:
                self._heads[hint] = known
        return known


COMMON_HEADERS = 9
"""How many headers all answers from one location share; they come first."""

_HINTS_REMEMBERED = 64
