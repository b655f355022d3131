"""Certificates made for a test: an authority's, and a server's that it signed."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def make_server_context(folder: Path, address: str = "127.0.0.1", days: int = 1) -> ssl.SSLContext:
    """Return what a server at an address needs; ``authority.pem`` in the folder is what a client has to trust.

    With negative days the certificate has expired.
    """
    authority_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    authority = _begin("authority", "authority", authority_key, 1)
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    authority = authority.add_extension(usage, critical=True)
    signer = authority_key.public_key()
    authority = authority.add_extension(x509.SubjectKeyIdentifier.from_public_key(signer), critical=False)
    server = _begin("server", "authority", key, days)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    server = server.add_extension(names, critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer)
    server = server.add_extension(issuer, critical=False)
    signed = [builder.sign(authority_key, SHA256()).public_bytes(Encoding.PEM) for builder in (authority, server)]
    (folder / "authority.pem").write_bytes(signed[0])
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + signed[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


def _begin(subject: str, issuer: str, key: EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    subject_name, issuer_name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer)
    )
    builder = x509.CertificateBuilder(issuer_name, subject_name, key.public_key(), x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days=days))
