"""The bundle out of a deployed function's package: exactly what runs, fetched from nowhere else, and bounded."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tiergate.adapters import deployed
from tiergate.adapters.deployed import DeployedUnreadable, deployed_bundle

BUNDLE = {"format": 1, "apis": {}}


class FakeLambda:
    """Says where a package is."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.asked: list[str] = []

    def get_function(self, *, FunctionName: str) -> Any:  # noqa: N803 - boto3's name
        self.asked.append(FunctionName)
        return {"Code": {"RepositoryType": "S3", "Location": self.location}}


class Store:
    """Serves one package over HTTP; ``moved`` sends those who ask there."""

    def __init__(self) -> None:
        self.package = packed(json.dumps(BUNDLE).encode())
        self.moved = ""
        self.status = 200
        self.asked: list[str] = []
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                store.asked.append(self.path)
                self.send_response(302 if store.moved else store.status)
                if store.moved:
                    self.send_header("Location", store.moved)
                self.end_headers()
                self.wfile.write(store.package)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/package?X-Amz-Signature=s1gned"
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()


@pytest.fixture
def store() -> Iterator[Store]:
    found = Store()
    yield found
    found.server.shutdown()
    found.server.server_close()


def packed(text: bytes, name: str = "bundle.json") -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr(name, text)
    return package.getvalue()


def test_the_bundle_is_the_one_in_the_package(store: Store) -> None:
    client = FakeLambda(store.url)
    assert deployed_bundle(client, "authorizer", local=True) == BUNDLE
    assert client.asked == ["authorizer"]


@pytest.mark.parametrize("location", ["http://bucket.example/package", "file:///etc/passwd", "ftp://x.example/", ""])
@pytest.mark.parametrize("local", [True, False])
def test_only_https_is_followed(location: str, local: bool) -> None:
    with pytest.raises(DeployedUnreadable, match="AWS names no https:// address for the package of authorizer"):
        deployed_bundle(FakeLambda(location), "authorizer", local=local)


def test_http_is_for_the_emulator_alone(store: Store) -> None:
    with pytest.raises(DeployedUnreadable, match="no https:// address"):
        deployed_bundle(FakeLambda(store.url), "authorizer")
    assert store.asked == []


def test_nobody_is_followed_elsewhere_and_the_signed_address_is_not_told(store: Store) -> None:
    store.moved = store.url.replace("/package", "/elsewhere")
    with pytest.raises(DeployedUnreadable) as refused:
        deployed_bundle(FakeLambda(store.url), "authorizer", local=True)
    assert str(refused.value) == "the package of authorizer cannot be fetched (302); try again"
    assert len(store.asked) == 1


def test_an_address_that_is_no_longer_good_says_so(store: Store) -> None:
    store.status = 403
    with pytest.raises(DeployedUnreadable, match=r"cannot be fetched \(403\); try again"):
        deployed_bundle(FakeLambda(store.url), "authorizer", local=True)


def test_a_package_that_nobody_serves_says_so(store: Store) -> None:
    store.server.shutdown()
    store.server.server_close()
    with pytest.raises(DeployedUnreadable, match="the package of authorizer cannot be fetched") as refused:
        deployed_bundle(FakeLambda(store.url), "authorizer", local=True)
    assert "s1gned" not in str(refused.value)


@pytest.mark.parametrize(
    ("package", "fault"),
    [
        (b"no zip", "the package of authorizer has no bundle.json that can be read; deploy again"),
        (packed(b"{}", "other.json"), "the package of authorizer has no bundle.json that can be read; deploy again"),
        (packed(b"{"), "bundle.json of authorizer is no JSON; deploy again"),
        (packed(b"\xff"), "bundle.json of authorizer is no JSON; deploy again"),
        (packed(b"[]"), "bundle.json of authorizer is no bundle; deploy again"),
    ],
)
def test_a_package_without_a_bundle_is_refused(store: Store, package: bytes, fault: str) -> None:
    store.package = package
    with pytest.raises(DeployedUnreadable) as refused:
        deployed_bundle(FakeLambda(store.url), "authorizer", local=True)
    assert str(refused.value) == fault


def test_a_package_larger_than_lambda_takes_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployed, "MOST_ZIPPED", len(store.package) - 1)
    with pytest.raises(DeployedUnreadable, match="the package of authorizer has more than"):
        deployed_bundle(FakeLambda(store.url), "authorizer", local=True)


def test_a_bundle_that_unpacks_to_very_much_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployed, "MOST_BUNDLE", 1_000)
    store.package = packed(b" " * 1_000_000)
    with pytest.raises(DeployedUnreadable, match=r"bundle\.json of authorizer has more than"):
        deployed_bundle(FakeLambda(store.url), "authorizer", local=True)
