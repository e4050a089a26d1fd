"""moto's DynamoDB behind a socket, for the client of the request path, which botocore's hooks do not reach."""

import json
import threading
import zlib
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from bench.http_server import Request, Server, response

KIND = "application/x-amz-json-1.0"
NAMESPACE = "com.amazonaws.dynamodb.v20120810"


class DynamoServer:
    """Answers in the wire form what ``client``, a boto3 client of moto, says; one call at a time, as moto is for.

    ``calls``: the operations that were asked for.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._server = Server(self._answer)
        self._turn = threading.Lock()
        self.calls: list[str] = []
        self.url = f"http://{self._server.address}"
        self._server.start()

    def close(self) -> None:
        self._server.close()

    @property
    def environment(self) -> dict[str, str]:
        """The SDKs' variables for it."""
        return {
            "AWS_ENDPOINT_URL_DYNAMODB": self.url,
            "AWS_REGION": self._client.meta.region_name,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def _answer(self, request: Request) -> bytes:
        operation = request.headers["x-amz-target"].partition(".")[2]
        with self._turn:
            self.calls.append(operation)
            try:
                found = getattr(self._client, xform_name(operation))(**json.loads(request.body))
            except ClientError as error:
                return _answer("400 Bad Request", _fault(error.response))
            except ParamValidationError as error:
                fault = {"Error": {"Code": "ValidationException", "Message": str(error)}}
                return _answer("400 Bad Request", _fault(fault))
        return _answer("200 OK", {name: value for name, value in found.items() if name != "ResponseMetadata"})


def _fault(told: dict[str, Any]) -> dict[str, Any]:
    fault = {"__type": f"{NAMESPACE}#{told['Error']['Code']}", "message": told["Error"]["Message"]}
    return fault | ({"Item": told["Item"]} if "Item" in told else {})


def _answer(status: str, found: dict[str, Any]) -> bytes:
    body = json.dumps(found).encode()
    return response(body, status=status, kind=KIND, headers={"x-amz-crc32": str(zlib.crc32(body))})
