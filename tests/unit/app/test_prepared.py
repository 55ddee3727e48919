"""What is decided before the first process starts."""

import ssl
from pathlib import Path

import pytest

from playhead import __version__
from playhead.app.prepared import certificate, collector_config, first_datastream
from playhead.app.settings import CollectorSettings, Settings
from playhead.app.tls import self_signed
from playhead.base.errors import UsageError
from playhead.collector.config import CollectorConfig
from playhead.deployment.datastreams import DEFAULT_ORG_ID, DatastreamFile
from playhead.deployment.layout import prepare

NOW_MS = 1_800_000_000_000


def test_an_empty_directory_gets_a_datastream(tmp_path: Path) -> None:
    """It has the id and organisation asked for, or a new id and the default organisation."""
    named, is_new = first_datastream(
        Settings(datastream="web", org_id="ACME@AdobeOrg"), DatastreamFile(tmp_path / "a.json"), NOW_MS
    )
    assert (named.id, named.org_id, named.created_ms, is_new) == ("web", "ACME@AdobeOrg", NOW_MS, True)
    unnamed, _ = first_datastream(Settings(), DatastreamFile(tmp_path / "b.json"), NOW_MS)
    assert (len(unnamed.id), unnamed.org_id) == (36, DEFAULT_ORG_ID)


def test_a_later_start_makes_none(tmp_path: Path) -> None:
    """The one asked for, or the first that takes requests, is shown; none is made."""
    file = DatastreamFile(tmp_path / "datastreams.json")
    made, _ = first_datastream(Settings(datastream="web"), file, NOW_MS)
    for asked in (None, "web", "web:dev"):
        assert first_datastream(Settings(datastream=asked), file, NOW_MS + 1) == (made, False)
    assert file.all() == [made]


def test_another_id_is_not_made_silently(tmp_path: Path) -> None:
    """Asking for an id that is not there, in a directory that has datastreams, says how to make it."""
    file = DatastreamFile(tmp_path / "datastreams.json")
    first_datastream(Settings(datastream="web"), file, NOW_MS)
    with pytest.raises(UsageError, match="playhead datastream create tv"):
        first_datastream(Settings(datastream="tv"), file, NOW_MS)


def test_no_certificate_without_tls(tmp_path: Path) -> None:
    """Without TLS nothing is made."""
    layout = prepare(tmp_path)
    assert certificate(CollectorSettings(), layout, NOW_MS) is None
    assert not layout.tls.exists()


def test_a_certificate_for_trials(tmp_path: Path) -> None:
    """Self-signed: made in the data directory and good for a server."""
    layout = prepare(tmp_path)
    made = certificate(CollectorSettings(tls_self_signed=True, host="127.0.0.1"), layout, NOW_MS)
    assert made is not None
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*made)
    assert Path(made[0]).parent == layout.tls


def test_a_certificate_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named files are passed on as absolute paths; some that cannot be read, or used together, stop the start."""
    layout = prepare(tmp_path / "data")
    made = certificate(CollectorSettings(tls_self_signed=True), layout, NOW_MS)
    assert made is not None
    monkeypatch.chdir(layout.tls)
    names = (Path(made[0]).name, Path(made[1]).name)
    assert certificate(CollectorSettings(tls_cert=names[0], tls_key=names[1]), layout, NOW_MS) == made
    with pytest.raises(UsageError, match=r"cannot read none\.pem"):
        certificate(CollectorSettings(tls_cert="none.pem", tls_key=names[1]), layout, NOW_MS)
    with pytest.raises(UsageError, match=r"self-signed\.key is no certificate in PEM"):
        certificate(CollectorSettings(tls_cert=names[1], tls_key=names[1]), layout, NOW_MS)
    other = self_signed(tmp_path / "other", ["x"], NOW_MS)
    with pytest.raises(UsageError, match="are no certificate and key that fit"):
        certificate(CollectorSettings(tls_cert=names[0], tls_key=str(other[1])), layout, NOW_MS)


def test_a_proxy_is_an_address() -> None:
    """A trusted proxy that is no address stops the start."""
    with pytest.raises(UsageError, match="trusted_proxies: 'proxy' does not appear to be"):
        collector_config(CollectorSettings(trusted_proxies=("proxy",)))


def test_settings_reach_the_door() -> None:
    """Every setting of [collector] that the door knows gets there; origins are compared in lower case."""
    settings = CollectorSettings(
        base_paths=("a/b",), location_hint="own1", max_body_bytes=2000, max_body_bytes_downloaded=3000,
        max_events_per_request=4, allowed_origins=("https://WWW.example.com/",), ended_session_status=404,
        trusted_proxies=("10.0.0.0/8",),
    )  # fmt: skip
    assert collector_config(settings) == CollectorConfig(
        base_paths=("a/b",), location_hint="own1", max_body_bytes=2000, max_body_bytes_downloaded=3000,
        max_events_per_request=4, allowed_origins=("https://www.example.com",), ended_session_status=404,
        trusted_proxies=("10.0.0.0/8",), version=__version__,
    )  # fmt: skip
