"""
Certificates: the one of `--tls-self-signed`, and whether one that was given can be served.

Law: ours is made on first use, kept in the data directory, and renewed before it ends. A pair the server behind TLS would
not take is refused before it is started.
"""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, PublicKeyAlgorithmOID

from playhead.base.errors import DataDirectoryError, UsageError
from playhead.deployment.files import PRIVATE_DIRECTORY_MODE, replace_file

VALID_DAYS = 397
"""Browsers refuse certificates that are valid for longer."""

RENEW_DAYS = 30

RSA_BITS = range(2048, 4097)
CURVES = (ec.SECP256R1, ec.SECP384R1)
"""What the TLS of the door knows (decision 0066)."""

CERTIFICATE_FILE = "self-signed.crt"
KEY_FILE = "self-signed.key"


def self_signed(directory: Path, names: Sequence[str], now_ms: int) -> tuple[Path, Path]:
    """
    A certificate for these names.

    Args:
        directory: Where it is kept.
        names: Host names and addresses it is for; at least one, the first is its subject.
        now_ms: The time, Unix ms.

    Returns:
        The PEM files of certificate and key. Those of an earlier call, if they are for these names and good for
        another `RENEW_DAYS` days.

    Raises:
        DataDirectoryError: They cannot be written.
    """
    assert names, "a certificate is for somebody"
    certificate_path, key_path = directory / CERTIFICATE_FILE, directory / KEY_FILE
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    if key_path.exists() and _is_good(certificate_path, names, now):
        return certificate_path, key_path
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _make(key, names, now)
    try:
        directory.mkdir(mode=PRIVATE_DIRECTORY_MODE, exist_ok=True)
        replace_file(
            key_path,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        replace_file(certificate_path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    except OSError as error:
        raise DataDirectoryError(f"cannot write the certificate in {directory}: {error.strerror}") from error
    return certificate_path, key_path


def check_pair(certificate_path: Path, key_path: Path) -> None:
    """
    See to it that a certificate and its key can be served. That they belong together is for OpenSSL to say.

    Raises:
        UsageError: They cannot; the message says why and what would do.
    """
    try:
        certificate = x509.load_pem_x509_certificates(certificate_path.read_bytes())[0]
    except ValueError as error:
        raise UsageError(f"{certificate_path} is no certificate in PEM") from error
    if certificate.version is not x509.Version.v3:
        raise UsageError(f"{certificate_path} is a certificate of version 1; browsers and we take version 3 only")
    try:
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    except TypeError as error:
        raise UsageError(
            f"{key_path} is encrypted; decrypt it with: openssl pkey -in {key_path} -out decrypted.key"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{key_path} is no private key in PEM") from error
    if not _is_served(key, certificate):
        raise UsageError(
            f"{key_path} is of a kind that cannot be served: use ECDSA (P-256 or P-384), RSA (2048 to 4096 bits) or Ed25519"
        )


def _is_served(key: object, certificate: x509.Certificate) -> bool:
    if isinstance(key, rsa.RSAPrivateKey):
        plain = certificate.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5
        return plain and key.key_size in RSA_BITS
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return isinstance(key.curve, CURVES)
    return isinstance(key, ed25519.Ed25519PrivateKey)


def _make(key: ec.EllipticCurvePrivateKey, names: Sequence[str], now: datetime) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Playhead, self-signed"),
            x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64]),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # a device's clock may be behind
        .not_valid_after(now + timedelta(days=VALID_DAYS - 1))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_good(path: Path, names: Sequence[str], now: datetime) -> bool:
    """Whether the certificate there is for these names and lasts; a damaged one is not."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    lasts = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - timedelta(days=RENEW_DAYS)
    return lasts and list(found) == [_name(name) for name in names]
