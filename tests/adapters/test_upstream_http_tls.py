"""Upstreams over https: only a trusted certificate of the right host is spoken to, and within the deadline."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fakes.upstream import Line, ScriptedUpstream, answers, ok
from tiergate.adapters.upstream_http import HttpUpstreams
from tiergate.domain.messages import Request, UpstreamFailure

DEADLINE = 0.2
GENEROUS = 2.0
GET = Request("GET", "/", "", [], b"")


def failure_of(url: str, timeout: float = 5) -> str:
    with pytest.raises(UpstreamFailure) as failure:
        HttpUpstreams().send(url, GET, timeout)
    return failure.value.code


def server_certificate(folder: Path, address: str) -> tuple[ssl.SSLContext, Path]:
    """A server's side with a certificate that signs itself, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "upstream")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private, public = folder / "key.pem", folder / "certificate.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    context, _ = server_certificate(tmp_path, "127.0.0.1")
    with ScriptedUpstream(answers(ok()), tls=context) as upstream:
        assert failure_of(upstream.url) == "upstream_unreachable"
        assert upstream.requests == []


def test_a_trusted_certificate_of_another_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = server_certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with ScriptedUpstream(answers(ok()), tls=context) as upstream:
        assert failure_of(upstream.url) == "upstream_unreachable"
        assert upstream.requests == []


def test_a_trusted_upstream_answers_over_one_encrypted_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = server_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    upload = Request("PUT", "/", "", [], b"x" * 1_000_000)
    last = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b"y" * 100_000
    with ScriptedUpstream(answers(ok(), ok(b"2"), last), tls=context) as upstream:
        upstreams = HttpUpstreams()
        assert [upstreams.send(upstream.url, upload, 5).body for _ in range(3)] == [b"ok", b"2", b"y" * 100_000]
        assert upstream.connections == 1


def is_silent(line: Line) -> None:
    line.released.wait(10)


def test_a_server_that_is_silent_in_the_handshake_has_the_deadline_too() -> None:
    with ScriptedUpstream(is_silent) as upstream:
        begun = time.monotonic()
        assert failure_of(f"https://{upstream.origin}", timeout=DEADLINE) == "upstream_timeout"
        assert time.monotonic() - begun < GENEROUS
