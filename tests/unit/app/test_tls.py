"""The certificate for trials: for the right names, kept, renewed in time."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from playhead.app.tls import RENEW_DAYS, VALID_DAYS, self_signed

NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000
NAMES = ["localhost", "127.0.0.1", "::1"]


def certificate_in(path: Path) -> x509.Certificate:
    """The certificate of a PEM file."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_it_is_for_the_names(tmp_path: Path) -> None:
    """Names and addresses are alternative names, the key is private, and a TLS server takes both."""
    certificate, key = self_signed(tmp_path / "tls", NAMES, NOW_MS)
    names = certificate_in(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)


def test_browsers_take_its_term(tmp_path: Path) -> None:
    """It is valid now, already yesterday, and for no longer than browsers accept."""
    certificate, _ = self_signed(tmp_path, NAMES, NOW_MS)
    found, now = certificate_in(certificate), datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert found.not_valid_before_utc == now - timedelta(days=1)
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=VALID_DAYS)


@pytest.mark.parametrize(
    ("names", "later_days", "is_kept"),
    [
        (NAMES, 0, True),
        (NAMES, VALID_DAYS - RENEW_DAYS - 2, True),
        (NAMES, VALID_DAYS - RENEW_DAYS, False),
        (["player.example", *NAMES], 0, False),
    ],
)
def test_it_is_kept_while_it_is_good(tmp_path: Path, names: list[str], later_days: int, is_kept: bool) -> None:
    """A later start uses the same one, unless it ends soon or other names are wanted."""
    before = self_signed(tmp_path, NAMES, NOW_MS)[0].read_bytes()
    after = self_signed(tmp_path, names, NOW_MS + later_days * DAY_MS)[0].read_bytes()
    assert (before == after) == is_kept


def test_a_damaged_one_is_made_anew(tmp_path: Path) -> None:
    """What is no certificate is replaced."""
    certificate, _ = self_signed(tmp_path, NAMES, NOW_MS)
    certificate.write_text("scribble")
    self_signed(tmp_path, NAMES, NOW_MS)
    assert certificate_in(certificate).not_valid_after_utc.year >= 2027
