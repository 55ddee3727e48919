"""Certificates: the one for trials is for the right names, kept, renewed in time; one that is given can be served."""

import ssl
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

from playhead.app.tls import RENEW_DAYS, VALID_DAYS, check_pair, self_signed
from playhead.base.errors import UsageError

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


KEYS: dict[str, Callable[[], Any]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed448": ed448.Ed448PrivateKey.generate,
    "rsa-short": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 - it is refused
}


def pair(directory: Path, kind: str, *, password: bytes = b"") -> tuple[Path, Path]:
    """A certificate and its key of some kind, as an operator would bring them."""
    key: Any = KEYS[kind]()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    now = datetime.fromtimestamp(NOW_MS / 1000, UTC)
    building = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    building = building.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = building.sign(key, None if kind.startswith("ed") else hashes.SHA256())
    certificate_path, key_path = directory / "x.crt", directory / "x.key"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, hidden))
    return certificate_path, key_path


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa", "ed25519"])
def test_usual_pairs_are_taken(tmp_path: Path, kind: str) -> None:
    """The kinds of key that certificate authorities sign can be served."""
    check_pair(*pair(tmp_path, kind))


@pytest.mark.parametrize("kind", ["p521", "ed448", "rsa-short"])
def test_other_kinds_of_key_are_refused(tmp_path: Path, kind: str) -> None:
    """A key the server would not take is said before it starts, with those it would."""
    with pytest.raises(UsageError, match=r"x\.key is of a kind that cannot be served: use ECDSA"):
        check_pair(*pair(tmp_path, kind))


def test_an_encrypted_key_is_refused(tmp_path: Path) -> None:
    """Nobody is asked for a password; the message says how to decrypt the key."""
    with pytest.raises(UsageError, match=r"x\.key is encrypted; decrypt it with: openssl pkey -in \S+x\.key -out"):
        check_pair(*pair(tmp_path, "p256", password=b"secret"))


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    """What is no certificate, or no key, is said by name."""
    certificate_path, key_path = pair(tmp_path, "p256")
    with pytest.raises(UsageError, match=r"x\.key is no certificate in PEM"):
        check_pair(key_path, key_path)
    with pytest.raises(UsageError, match=r"x\.crt is no private key in PEM"):
        check_pair(certificate_path, certificate_path)
