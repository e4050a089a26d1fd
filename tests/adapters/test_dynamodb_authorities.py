"""Whom the client believes to be AWS: the authorities of a file, and the machine's only where these fail."""

import ssl
from hashlib import sha256
from pathlib import Path

import pytest

from tests.fakes.certificates import server_certificate
from tests.fakes.upstream import ScriptedUpstream, answers, ok
from tiergate.adapters import aws_json
from tiergate.adapters.connecting import Addresses, resolve
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.domain.store import StoreUnavailable

HOST = "dynamodb.eu-central-1.amazonaws.com"
ENVIRON = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
GET = {"TableName": "t", "Key": {}}


def authority(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side as AWS's own endpoint, and the file to trust it by."""
    folder.mkdir()
    return server_certificate(folder, HOST)


def digests(context: ssl.SSLContext) -> set[str]:
    return {sha256(certificate).hexdigest() for certificate in context.get_ca_certs(binary_form=True)}


def trusted_by(client: DynamoDB) -> set[str]:
    assert client._tls is not None
    return digests(client._tls)


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ssl.SSLContext, Path]:
    """The only authority that this machine trusts."""
    context, trusted = authority(tmp_path / "machines")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    return context, trusted


@pytest.fixture
def amazons(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """The only authority in the file."""
    return authority(tmp_path / "amazons")


def leads_to(server: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's name is the server's."""
    host, port = server.origin.split(":")

    def resolved(name: str, _port: int, deadline: float) -> Addresses:
        assert name == HOST
        return resolve(host, int(port), deadline)

    monkeypatch.setattr(aws_json, "resolve", resolved)


def client_of(authorities: Path) -> DynamoDB:
    return DynamoDB(ENVIRON, authorities=str(authorities), timeout=5, connect_timeout=5)


def test_for_awss_own_endpoint_the_file_stands_in_for_what_the_machine_trusts(
    machines: tuple[ssl.SSLContext, Path], amazons: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, file = amazons
    client = client_of(file)
    assert trusted_by(client) == digests(ssl.create_default_context(cafile=str(file)))
    with ScriptedUpstream(answers(ok(b"{}")), tls=context) as server:
        leads_to(server, monkeypatch)
        assert client.get_item(**GET) == {}
        assert server.connections == 1


def test_for_any_other_endpoint_the_file_counts_for_nothing(
    machines: tuple[ssl.SSLContext, Path], amazons: tuple[ssl.SSLContext, Path]
) -> None:
    other = ENVIRON | {"AWS_ENDPOINT_URL": "https://dynamodb.example"}
    client = DynamoDB(other, authorities=str(amazons[1]), timeout=5)
    assert trusted_by(client) == digests(ssl.create_default_context(cafile=str(machines[1])))


@pytest.mark.parametrize("text", [None, "", "no certificate"])
def test_a_file_that_is_absent_or_none_leaves_the_machines_authorities(
    machines: tuple[ssl.SSLContext, Path], tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "authorities.pem"
    if text is not None:
        file.write_text(text)
    assert trusted_by(client_of(file)) == digests(ssl.create_default_context(cafile=str(machines[1])))


def test_a_certificate_that_the_file_does_not_vouch_for_is_left_to_the_machines_authorities_from_then_on(
    machines: tuple[ssl.SSLContext, Path], amazons: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a change of AWS's authorities."""
    client = client_of(amazons[1])
    with ScriptedUpstream(*[answers(ok(b"{}"))] * 3, tls=machines[0]) as server:
        leads_to(server, monkeypatch)
        assert client.get_item(**GET) == {}
        server.wait_for_end(1)
        assert client.get_item(**GET) == {}
        assert (server.connections, len(server.requests)) == (3, 2)


def test_whom_neither_vouches_for_gets_nothing(
    machines: tuple[ssl.SSLContext, Path],
    amazons: tuple[ssl.SSLContext, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context, _ = authority(tmp_path / "strangers")
    with ScriptedUpstream(*[answers(ok(b"{}"))] * 2, tls=context) as server:
        leads_to(server, monkeypatch)
        with pytest.raises(StoreUnavailable, match="SSLCertVerificationError") as failure:
            client_of(amazons[1]).get_item(**GET)
        assert failure.value.untouched
        assert server.requests == []
