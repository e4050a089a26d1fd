"""An issuer of access tokens over the loopback: it signs what a test likes, and serves its keys and metadata."""

import base64
import functools
import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tiergate.domain.issuers import Issuer

AUDIENCE = "https://api.bank.example"
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
HOUR = 3600


@functools.cache
def private_key(kind: str, number: int, bits: int) -> Any:
    """Of an algorithm, or RSA; the same for the same arguments, as these take long to make."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    return ed25519.Ed25519PrivateKey.generate() if kind == "EdDSA" else rsa.generate_private_key(65537, bits)


def encoded(value: bytes | Mapping[str, Any]) -> str:
    """As a part of a token: base64url without padding; an object as JSON first."""
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """A private key, and its public half as a JWK. ``number`` tells keys of one algorithm apart."""

    def __init__(self, algorithm: str = "RS256", kid: str = "key-1", number: int = 0, bits: int = 2048) -> None:
        self.algorithm = algorithm
        self.kid = kid
        self.private = private_key("RSA" if algorithm[:2] in ("RS", "PS") else algorithm, number, bits)
        self._signer = jwt.get_algorithm_by_name(algorithm)

    @property
    def jwk(self) -> dict[str, Any]:
        jwk = self._signer.to_jwk(self.private.public_key(), as_dict=True)
        jwk.pop("key_ops", None)
        return jwk | {"kid": self.kid, "use": "sig", "alg": self.algorithm}

    def sign(self, header: bytes | Mapping[str, Any], claims: bytes | Mapping[str, Any]) -> str:
        """A token with exactly this header and these claims."""
        signed = f"{encoded(header)}.{encoded(claims)}"
        return f"{signed}.{encoded(self._signer.sign(signed.encode(), self.private))}"


class FakeIssuer:
    """Serves ``documents`` by path and tells what was ``asked``. While ``down``, it answers 503 to everything.

    ``path`` comes after the origin in its ``url``, which is the ``iss`` of its tokens. ``clock``: seconds, by
    which they begin and end.
    """

    def __init__(self, *keys: SigningKey, path: str = "", clock: Callable[[], float] = time.time) -> None:
        self.keys = list(keys) or [SigningKey()]
        self.asked: list[str] = []
        self.down = False
        self._clock = clock
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = self.origin + path
        self.jwks = f"{self.origin}/keys"
        self.documents: dict[str, Any] = {f"{path.rstrip('/')}/.well-known/openid-configuration": self.metadata}

    @property
    def metadata(self) -> dict[str, Any]:
        return {"issuer": self.url, "jwks_uri": self.jwks, "token_endpoint": f"{self.origin}/token"}

    def issuer(self, name: str = "acme", **changes: Any) -> Issuer:
        """As a bundle has it, with its keys' address; ``jwks=""`` has that discovered."""
        raw = {
            "url": self.url,
            "jwks": self.jwks,
            "algorithms": sorted({key.algorithm for key in self.keys}),
            "audiences": [AUDIENCE],
            "types": ["at+jwt", "application/at+jwt"],
            "client": "client_id",
            "scope": "scope",
            "stale": 14_400,
        }
        return Issuer.of(name, raw | changes)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good ones, for an hour from now; a change to None takes a claim away."""
        now = int(self._clock())
        good = {
            "iss": self.url,
            "aud": AUDIENCE,
            "client_id": "client-1",
            "sub": "client-1",
            "scope": "read write",
            "iat": now,
            "exp": now + HOUR,
            "jti": "1",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def header(self, key: SigningKey | None = None, **changes: Any) -> dict[str, Any]:
        key = key or self.keys[0]
        good = {"typ": "at+jwt", "alg": key.algorithm, "kid": key.kid}
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, key: SigningKey | None = None, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """Signed by ``key``, otherwise by the first; ``header`` has changes to a good one, the others are claims'."""
        key = key or self.keys[0]
        return key.sign(self.header(key, **(header or {})), self.claims(**claims))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.down:
            return 503, b""
        document = {"keys": [key.jwk for key in self.keys]} if path == "/keys" else None
        document = self.documents.get(path, document)
        if document is None:
            return 404, b""
        return 200, document if isinstance(document, bytes) else json.dumps(document).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body = answer(self.path)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
