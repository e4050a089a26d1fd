"""What the function returns: JSON answers, and refusals as `application/problem+json` (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

PROBLEMS = "https://demo-bank.example/problems/"


class Response(TypedDict):
    """An API Gateway HTTP API response, payload format 2.0."""

    statusCode: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake of the caller: where (a JSON pointer, RFC 6901, into `place`) and what to send."""

    place: Literal["body", "query", "header"]
    pointer: str
    detail: str


class Refused(Exception):
    """The request is answered with a problem: a `code` for programs, `title`, `detail` and `then` for people.

    The members are those of the gateway's own refusals, so that a client reads both the same way.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        detail: str,
        then: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        self.problem: dict[str, object] = {
            "type": PROBLEMS + code.replace("_", "-"),
            "title": title,
            "status": status,
            "code": code,
            "detail": detail,
            "next": then,
        }
        if faults:
            self.problem["errors"] = [
                {"in": fault.place, "pointer": fault.pointer, "detail": fault.detail} for fault in faults
            ]

    def response(self) -> Response:
        """The problem, ready to return."""
        headers = {"content-type": "application/problem+json", **self.headers}
        return {"statusCode": self.status, "headers": headers, "body": _dump(self.problem)}


def invalid(faults: Sequence[Fault]) -> Refused:
    """400 with every fault that was found."""
    return Refused(
        400,
        "request_invalid",
        "The request is not valid",
        detail="The request has 1 mistake." if len(faults) == 1 else f"The request has {len(faults)} mistakes.",
        then="Mend what `errors` lists and send it again.",
        faults=faults,
    )


def unknown(detail: str, then: str) -> Refused:
    """404: what was not found, and where to look."""
    return Refused(404, "not_found", "Not found", detail=detail, then=then)


def answer(content: object, status: int = 200) -> Response:
    """`content` as JSON."""
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": _dump(content)}


def _dump(content: object) -> str:
    """JSON in readable UTF-8; a lone surrogate from the caller's own text becomes a question mark."""
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace").decode()
