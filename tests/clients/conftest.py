"""One server behind TLS, one without, and one browser at a time for the whole kit: they are what takes time."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from clients.edge import ORG, Edge, Line
from clients.web import EDGE_HOSTS
from e2e.browser import chromium
from e2e.conftest import Server
from playhead.base.units import DatastreamId
from playhead.deployment.datastreams import Datastream, DatastreamFile
from playhead.deployment.layout import prepare

DATASTREAMS: Mapping[str, Mapping[str, Any]] = {
    "site": {},
    "other": {},
    "quiet": {},
    "off": {"enabled": False},
    "idle": {"settings": {"idle_timeout_s": 2}},
    "stuck": {"settings": {"playhead_timeout_s": 3}},
    "aged": {"settings": {"max_session_s": 4}},
}
"""What the server of the kit knows. Those with short settings close their sessions while a test looks on."""


HTTPS = ("--tls-self-signed",)
SCHEMES: Mapping[str, tuple[str, ...]] = {"https": HTTPS, "http": ()}
"""The two public doors, with and without TLS, are served by different programs: what clients see has to be the same."""


def start_server(data_dir: Path, options: tuple[str, ...]) -> Server:
    """A server with the datastreams of the kit and a base path of its own."""
    file = DatastreamFile(prepare(data_dir).datastreams)
    known = {datastream.id for datastream in file.all()}
    for name, members in DATASTREAMS.items():
        if name not in known:
            file.create(Datastream(id=DatastreamId(name), name=name, org_id=ORG, **members))
    return Server(data_dir, *options, environ={"PLAYHEAD_COLLECTOR_BASE_PATHS": "ee,ee-pre-prd,x/y"})


@pytest.fixture(scope="session")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Edge]]:
    """The server of a scheme, started when it is first asked for."""
    running: dict[str, Edge] = {}

    def of_scheme(scheme: str) -> Edge:
        if scheme not in running:
            running[scheme] = Edge(start_server(tmp_path_factory.mktemp(scheme) / "data", SCHEMES[scheme]))
        return running[scheme]

    yield of_scheme
    for one in running.values():
        one.close()
        one.server.end()


@pytest.fixture(scope="session")
def secure_edge(edges: Callable[[str], Edge]) -> Edge:
    """The server behind TLS, for clients that speak nothing else."""
    return edges("https")


@pytest.fixture(scope="session", params=SCHEMES)
def edge(request: pytest.FixtureRequest, edges: Callable[[str], Edge]) -> Edge:
    """The server of the kit, by both doors."""
    return edges(request.param)


@pytest.fixture
def line(edge: Edge) -> Line:
    """A line to it, without faults."""
    return Line(edge)


@pytest.fixture(scope="module")
def browser(secure_edge: Edge) -> Iterator[Browser]:
    """A browser for which the hosts of the kit are the server's public door; one Playwright at a time fits a process."""
    rules = ",".join(f"MAP {host}:443 127.0.0.1:{secure_edge.port}" for host in EDGE_HOSTS)
    flags = [
        f"--host-resolver-rules={rules}",
        "--ignore-certificate-errors",
        "--disable-features=LocalNetworkAccessChecks",  # the collector of a real site is not on the viewer's machine
    ]
    with chromium(flags) as running:
        yield running
