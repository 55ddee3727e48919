"""
Spoils valid requests: members, texts, numbers, bytes, paths, queries and headers. The same seed gives the same cases.

Most cases get one or two changes, so that they come past the first check and meet the next; some get many.
"""

import copy
import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from collector_support import DOWNLOAD, EVENT_ACTIONS, EVENT_MEMBERS, NOW, event, start_event
from playhead.wire.openapi.examples import GATEWAY_REQUESTS

Header = tuple[bytes, bytes]


class Case(NamedTuple):
    """One request, and what was done to it."""

    method: str
    path: str
    query: bytes
    headers: list[Header]
    body: bytes
    done: tuple[str, ...]


class Raw(str):
    """JSON that is written as it stands."""

    __slots__ = ()


class Twice(list[tuple[str, Any]]):
    """An object in which a name may come more than once."""


def write(value: Any) -> str:
    """JSON with the oddities above."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Twice):
        return "{" + ",".join(f"{json.dumps(name)}:{write(each)}" for name, each in value) + "}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{write(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -0.0, -1, 1, 0.5, 7.999, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**30, 1e300, 5e-324),
    *(Raw("1e400"), Raw("-1e400"), Raw("1" * 400), Raw("1" * 5000), Raw("0.1e1"), Raw("NaN"), Raw("Infinity"), Raw("0x1")),
    *(Raw("01"), Raw("1."), Raw("-"), Raw(""), Raw("'a'"), Raw("nul"), Raw("[" * 150 + "]" * 150), Raw('{"a":' * 90 + "1" + "}" * 90)),
    *("", " ", "a", "true", "FALSE", "null", "0", "-1", "video", "AUDIO", "player", "\x00", "a\nb", "é", "\U0001f3ac", "\u202ex"),
    *(Raw(r'"\ud800"'), Raw(r'"\udc00\ud800"'), Raw(r'"\u0000"'), Raw(r'"\x"'), Raw('"\t"'), Raw(r'"\/"')),
    *("x" * 64, "f" * 64, "F" * 63, "x" * 4096, "x" * 4097, "é" * 2048, "é" * 2049, "a.b_C.9", "no/slash", "media.ping"),
    *("2025-03-02T10:00:00Z", "YYYY-03-02T10:00:00Z", "2025-02-30T10:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    *("2025-03-02t10:00:00.123456789z", "2025-03-02T10:00:00", "2025-03-02", 1740909600, "2025-03-02T10:00:60Z", "2025-03-02T10:00:00+0100"),
    *([], {}, [None], [[]], [{}], {"name": "a"}, [{"name": "mute"}], [{"name": "k", "value": "v"}], [{"name": "k", "value": {}}], {"id": "x"}),
)  # fmt: skip
"""What takes the place of a member."""

NAMES = (
    *("events", "event", "xdm", "mediaCollection", "eventType", "timestamp", "_id", "playhead", "sessionID", "sessionId"),
    *("sessionDetails", "advertisingDetails", "advertisingPodDetails", "chapterDetails", "errorDetails", "qoeDataDetails"),
    *("customMetadata", "statesStart", "statesEnd", "identityMap", "identitymap", "meta", "query", "consent", "name", "length"),
    *("mediaDownloadedEvents", "mediaEventType", "implementationDetails", "", "__proto__", "$ref", "a b", "\x00", "é"),
)  # fmt: skip
"""Names of members that are added or taken."""

EVENT_TYPES = (
    *(f"media.{action}" for action in (*EVENT_ACTIONS, "sessionStart", "downloaded")),
    *("media.adBreakSkip", "MEDIA.PING", "media.", "media", "media.unknown", "web.pageView", "Media.SessionStart", "media.ping "),
)  # fmt: skip

ENVELOPES: tuple[dict[str, Any], ...] = (
    {"meta": {"konductorConfig": {"streaming": {"enabled": True, "recordSeparator": "\x00", "lineFeed": "\n"}}}},
    {"meta": {"konductorConfig": {"streaming": {"enabled": True, "recordSeparator": "", "lineFeed": "é\r\n"}}}},
    {"meta": {"konductorConfig": {"streaming": {"enabled": True, "recordSeparator": Raw(r'"\ud83d"'), "lineFeed": 1}}}},
    {"meta": {"state": {"entries": [{"key": "kndctr_ACME_AdobeOrg_identity", "value": "CiYxMjM0"}]}, "queueTimeMillis": 1e99}},
    {"meta": {"state": {"entries": [{"key": "kndctr_x_identity", "value": "A" * 900}, None, {"key": 1}]}, "queueTimeMillis": -1}},
    {"xdm": {"identityMap": {"ECID": [{"id": "1" * 38, "primary": "yes"}]}, "implementationDetails": {"environment": "app"}}},
    {"xdm": {"identitymap": {"FPID": [{"id": "f" * 128}], "Email": [{"id": 1.5}, None, {}], "": [{"id": ""}]}}},
    {"xdm": []},
    {"identityMap": {"ECID": [{"id": "é" * 300}]}},
    {"query": {"identity": {"fetch": ["ecid", None, "CORE"]}}},
    {"query": {"identity": {"fetch": "ECID"}}, "unknown": {"deep": [[[[1]]]]}},
    {"media.resumed": True},
)  # fmt: skip
"""What stands around events."""

BYTES = (b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\", b'"', b"{", b"}", b"[", b",", b":", b"/*", b"\r\n", b"\x1f", b"9" * 30)  # fmt: skip

PATHS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    lambda path: "/" + path,
    lambda path: path.replace("/", "///"),
    lambda path: path + "/",
    lambda path: path + "/x",
    lambda path: path.replace("/ee", "/EE"),
    lambda path: path.replace("/va/", "/../va/"),
    lambda path: path.replace("/v", "/va6/v", 1),
    lambda path: path.replace("/v", "/invalid/v", 1),
    lambda path: path.replace("/v", "/t99999999999999999999999999999999999/v", 1),
    lambda path: path.replace("/v", "/\r\nset-cookie: a=b/v", 1),
    lambda path: path.replace("/v", "/é\x00/v", 1),
    lambda path: path[1:],
    lambda path: path[:-1],
    lambda path: path * 80,
    lambda path: path[:0],
    lambda path: path[:0] + "*",
    lambda path: path[:0] + "/healthz",
)

QUERIES = (
    *(b"", b"configId=", b"configId=ds-1:dev", b"datastreamId=ds-1", b"configId=ds-off", b"configId=ds-plain", b"configId=nobody"),
    *(b"configId=ds-1&configId=ds-off", b"configId=%64s-1", b"configId=%00", b"configId=%ff%fe", b"configId=" + b"x" * 5000),
    *(b"configId=ds-1&requestId=%0d%0aset-cookie:a=b", b"configId=ds-1&requestId=" + b"r" * 256, b"configId=ds-1&requestId=" + b"r" * 257),
    *(b"configId=ds-1&requestId=\xff\xfe", b"configId=ds-1&requestId=%ed%a0%80", b"configId=ds-1&silent=true", b"configId=ds-1&silent=1"),
    *(b"&&&=&=;", b"configId=ds-1&requestId=a+b&" * 50, b"configId=ds-1&%%%", b"requestId={id}&configId=ds-1"),
)  # fmt: skip

CONTENT_TYPES = (
    *(b"application/json", b"text/plain; charset=UTF-8", b"text/javascript", b"APPLICATION/JSON ; x=y", b"", b";", b"application/xml"),
    *(b"multipart/form-data; boundary=x", b"application/json, text/plain", b"\xff", b"text/plain" * 200, b"application/jsonp"),
)  # fmt: skip

HEADERS: tuple[Header, ...] = (
    (b"origin", b"https://a.example"),
    (b"origin", b"null"),
    (b"origin", b"https://\xe9.example"),
    (b"origin", b"https://a.example\r\nset-cookie: a=b"),
    (b"origin", b"\x00"),
    (b"origin", b"o" * 9000),
    (b"cookie", b"kndctr_ACME_AdobeOrg_identity=CiYxMjM0; FPID=abc"),
    (b"cookie", b"FPID=" + b"\xff" * 100),
    (b"cookie", b"=;=;;;kndctr_ACME_AdobeOrg_identity=%"),
    (b"cookie", b"kndctr_x_identity=" + b"Ci" * 600),
    (b"content-length", b"-1"),
    (b"access-control-request-headers", b"content-type, x-a\r\nset-cookie: a=b"),
    (b"access-control-request-headers", b"content-type,x-request-id"),
    (b"user-agent", b"\x00\xff" * 900),
    (b"x-request-id", b"a"),
    (b"", b""),
)

METHODS = ("OPTIONS", "GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "post", "BREW")


class Spoiler:
    """
    Makes cases.

    Attributes:
        sessions: Ids of sessions that exist; events are about one of them.
    """

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._turn = 0
        self.sessions: list[str] = ["0" * 64]

    def case(self) -> Case:
        """The next one."""
        dice, done = self._dice, list[str]()
        self._turn += 1
        path, request = self._valid()
        for _ in range(dice.choice((0, 1, 1, 1, 2, 2, 3, 8))):
            change = dice.choice(_CHANGES)
            done.append(change.__name__.strip("_"))
            change(self, request)
        body = write(request).encode("utf-8", "surrogatepass")
        if dice.random() < 0.15:
            body = self._spoil_bytes(body, done)
        method, query, headers = "POST", b"configId=ds-1", [(b"content-type", b"application/json")]
        if dice.random() < 0.3:
            query = b"configId=ds-1&requestId=r-%d" % self._turn
        if dice.random() < 0.1:
            query = dice.choice(QUERIES)
            done.append("query")
        if dice.random() < 0.08:
            path = dice.choice(PATHS)(path)
            done.append("path")
        if dice.random() < 0.08:
            headers = [(b"content-type", dice.choice(CONTENT_TYPES))]
            done.append("content type")
        if dice.random() < 0.1:
            headers += dice.choices(HEADERS, k=dice.choice((1, 1, 2, 5)))
            done.append("headers")
        if dice.random() < 0.01:
            method = dice.choice(METHODS)
            done.append("method")
        return Case(method, path, query, headers, body, tuple(done))

    def _valid(self) -> tuple[str, dict[str, Any]]:
        """A path and a request that is good there."""
        dice = self._dice
        base = dice.choice(("/ee", "/ee", "/ee/va6", "/ee-pre-prd", "/ee-pre-prd/or2"))
        kind = dice.random()
        if kind < 0.62:
            action = dice.choice((*EVENT_ACTIONS, "sessionStart", "sessionStart", "downloaded"))
            return f"{base}/va/v1/{action}", {"events": [self._event(action)]}
        if kind < 0.9:
            events = [
                self._event(dice.choice((*EVENT_ACTIONS, "sessionStart"))) for _ in range(dice.choice((1, 1, 2, 5)))
            ]
            route = dice.choice(("v1/interact", "v1/collect", "v2/interact", "v2/collect"))
            return f"{base}/{route}", {"event": events[0]} if route[1] == "2" else {"events": events}
        if kind < 0.95:
            return f"{base}/v1/identity/acquire", copy.deepcopy(GATEWAY_REQUESTS["IdentityRequest"])
        return f"{base}/v1/privacy/set-consent", copy.deepcopy(GATEWAY_REQUESTS["ConsentRequest"])

    def _event(self, action: str) -> dict[str, Any]:
        if action == "downloaded":
            made = copy.deepcopy(DOWNLOAD)
        elif action == "sessionStart":
            made = copy.deepcopy(start_event(timestamp=NOW if self._dice.random() < 0.5 else None))
        else:
            members = copy.deepcopy(EVENT_MEMBERS.get(action, {}))
            made = event(action, self._dice.choice(self.sessions), **{"playhead": self._turn % 5000, **members})
        if self._dice.random() < 0.5:
            made["xdm"]["_id"] = f"id-{self._turn}-{self._dice.randrange(4)}"
        return made

    def _place(self, request: Any) -> tuple[Any, Any]:
        """A holder and one of its keys, anywhere in a request."""
        holder, key = request, None
        while isinstance(holder, dict | list) and holder:
            key = self._dice.choice(list(holder)) if isinstance(holder, dict) else self._dice.randrange(len(holder))
            below = holder[key]
            if (
                not isinstance(below, dict | list)
                or isinstance(below, Twice)
                or not below
                or self._dice.random() < 0.15
            ):
                return holder, key
            holder = below
        return request, key

    def remove(self, request: Any) -> None:
        """A member is not there."""
        holder, key = self._place(request)
        if key is not None:
            del holder[key]

    def replace(self, request: Any) -> None:
        """A member is of another kind."""
        holder, key = self._place(request)
        if key is not None:
            holder[key] = copy.deepcopy(self._dice.choice(ODD))

    def add(self, request: Any) -> None:
        """There is a member more."""
        holder, _ = self._place(request)
        if isinstance(holder, dict):
            holder[self._dice.choice(NAMES)] = copy.deepcopy(self._dice.choice(ODD))

    def rename(self, request: Any) -> None:
        """A member has another name, or another case."""
        holder, key = self._place(request)
        if isinstance(holder, dict) and key is not None:
            name = self._dice.choice((key.lower(), key.upper(), key + " ", self._dice.choice(NAMES)))
            holder[name] = holder.pop(key)

    def double(self, request: Any) -> None:
        """A member comes twice in its object, or an item in its list."""
        holder, key = self._place(request)
        if key is None:
            return
        if isinstance(holder, list):
            holder[key:key] = [copy.deepcopy(holder[key])] * self._dice.choice((1, 1, 3, 40))
        elif isinstance(holder[key], dict):
            other = copy.deepcopy(self._dice.choice((*ODD, *holder[key].values())))
            name = self._dice.choice((*holder[key], *NAMES))
            holder[key] = Twice([(name, other), *holder[key].items(), *([(name, other)] if self._turn % 2 else [])])

    def retype(self, request: Any) -> None:
        """An event says that it is another."""
        events = request.get("events") or [request.get("event")]
        chosen = self._dice.choice(events) if isinstance(events, list) and events else None
        if isinstance(chosen, dict) and isinstance(chosen.get("xdm"), dict):
            chosen["xdm"]["eventType"] = self._dice.choice(EVENT_TYPES)

    def surround(self, request: Any) -> None:
        """Something stands around the events."""
        request.update(copy.deepcopy(self._dice.choice(ENVELOPES)))

    def nest(self, request: Any) -> None:
        """A member lies deeper than it should."""
        holder, key = self._place(request)
        if key is not None:
            depth = self._dice.choice((1, 2, 60, 98, 130))
            opening, closing = self._dice.choice((("[", "]"), ('{"a":', "}"), ('[{"xdm":', "}]")))
            holder[key] = Raw(opening * depth + write(holder[key]) + closing * depth)

    def grow(self, request: Any) -> None:
        """There is much of something."""
        request[self._dice.choice(NAMES)] = "x" * self._dice.choice((1000, 60_000, 66_000))

    def mix(self, request: Any) -> None:
        """An event of another kind follows."""
        if type(request.get("events")) is list:
            request["events"].append(self._event(self._dice.choice((*EVENT_ACTIONS, "sessionStart", "downloaded"))))

    def _spoil_bytes(self, body: bytes, done: list[str]) -> bytes:
        dice = self._dice
        at = dice.randrange(len(body) + 1)
        kind = dice.randrange(8)
        done.append(f"bytes {kind}")
        if kind == 0:
            return body[:at]
        if kind == 1:
            return body[:at] + dice.choice(BYTES) + body[at:]
        if kind == 2:
            return body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
        if kind == 3:
            return body + dice.choice((b" ", b"\n\n", b"{}", b"\x00", b","))
        if kind == 4:
            return body.decode("utf-8", "replace").encode(dice.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7")))
        if kind == 5:
            return body[: at // 2] + body[at:]
        if kind == 6:
            return dice.choice(
                (
                    b"",
                    b"null",
                    b"[]",
                    b"0",
                    b'""',
                    b"{}",
                    b"[" * 70_000,
                    b"\xff" * 100,
                    b'{"events":[' + b"{}," * 1100 + b"{}]}",
                )
            )
        return dice.randbytes(dice.choice((1, 30, 3000)))


_CHANGES: tuple[Callable[[Spoiler, Any], None], ...] = (
    *(Spoiler.remove, Spoiler.replace, Spoiler.replace, Spoiler.replace, Spoiler.add, Spoiler.rename, Spoiler.double),
    *(Spoiler.retype, Spoiler.surround, Spoiler.surround, Spoiler.nest, Spoiler.grow, Spoiler.mix),
)
