"""Secrets Manager and KMS over the loopback, in the wire form of AWS: what a test stores, keys that really sign."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.http_server import Request, Server, response

KIND = "application/x-amz-json-1.1"
ACCOUNT = "eu-central-1:123456789012"


class FakeAws:
    """``secrets``: texts by ARN. ``calls``: (operation, what it was asked of). ``down``: every answer is a 503.

    ``faults``: errors by ARN, which come instead of answers. ``answers``: documents by operation, which do so too.
    """

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []
        self.down = False
        self.faults: dict[str, str] = {}
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.requests: list[Request] = []
        self._keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self._server = Server(self._answer)
        self.url = f"http://{self._server.address}"
        self._server.start()

    def close(self) -> None:
        self._server.close()

    @property
    def environment(self) -> dict[str, str]:
        """The SDKs' variables for it."""
        return {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.url,
            "AWS_ENDPOINT_URL_KMS": self.url,
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "role-secret",
            "AWS_SESSION_TOKEN": "role-token",
        }

    def keep(self, name: str, text: str) -> str:
        """Store a secret, or another text for it; its ARN."""
        arn = f"arn:aws:secretsmanager:{ACCOUNT}:secret:{name}"
        self.secrets[arn] = text
        return arn

    def key(self, id_: str) -> str:
        """Make a signing key; its ARN."""
        arn = f"arn:aws:kms:{ACCOUNT}:key/{id_}"
        self._keys[arn] = ec.generate_private_key(ec.SECP256R1())
        return arn

    def asked(self, operation: str) -> int:
        """How often."""
        return sum(1 for called, _ in self.calls if called == operation)

    def _answer(self, request: Request) -> bytes:
        operation = request.headers["x-amz-target"].partition(".")[2]
        asked = json.loads(request.body)
        name = asked.get("SecretId") or asked["KeyId"]
        self.calls.append((operation, name))
        self.requests.append(request)
        if self.down:
            return response(b"{}", status="503 Service Unavailable", kind=KIND)
        if name in self.faults:
            return _fault(self.faults[name])
        if operation in self.answers:
            return _document(self.answers[operation])
        known = self.secrets if operation == "GetSecretValue" else self._keys
        return getattr(self, f"_{operation}")(asked, name) if name in known else _fault("ResourceNotFoundException")

    def _GetSecretValue(self, _asked: Mapping[str, Any], arn: str) -> bytes:  # noqa: N802 - AWS's names
        return _document({"ARN": arn, "SecretString": self.secrets[arn]})

    def _GetPublicKey(self, _asked: Mapping[str, Any], arn: str) -> bytes:  # noqa: N802
        public = self._keys[arn].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return _document({"KeyId": arn, "PublicKey": b64encode(public).decode()})

    def _Sign(self, asked: Mapping[str, Any], arn: str) -> bytes:  # noqa: N802
        if (asked["MessageType"], asked["SigningAlgorithm"]) != ("DIGEST", "ECDSA_SHA_256"):
            return _fault("ValidationException")
        signature = self._keys[arn].sign(b64decode(asked["Message"]), ec.ECDSA(Prehashed(SHA256())))
        return _document({"KeyId": arn, "Signature": b64encode(signature).decode()})


def _document(found: Mapping[str, Any]) -> bytes:
    return response(json.dumps(found).encode(), kind=KIND)


def _fault(name: str) -> bytes:
    fault = {"__type": name, "message": "what was asked, repeated"}
    return response(json.dumps(fault).encode(), status="400 Bad Request", kind=KIND)
