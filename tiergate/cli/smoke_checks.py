"""What a deployed gateway must do, each check by real calls on the public endpoint.

Many are what only AWS itself can confirm: ``docs/aws-assumptions.md`` names the check beside each assumption.
"""

import base64
import http.client
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tiergate.adapters.registry import Onboarded, Registry
from tiergate.cli.target import LOCAL, Target
from tiergate.domain.catalogue import KEY, ApiVersion, Operation
from tiergate.domain.keys import mint
from tiergate.domain.metrics import NAMESPACE
from tiergate.domain.onboarding import PATH
from tiergate.domain.problems import REPEATED
from tiergate.domain.refusals import REFUSALS

PROMISED = 60.0
"""Seconds within which a change takes effect everywhere."""

LOGGED_WITHIN = 180.0
"""Seconds that API Gateway may take to deliver an access log line."""

POLL = 2.0
QUOTA = 4
"""The hour's quota that the trial partner gets, in calls of the operation that is tried."""


class Failed(Exception):
    """The gateway did something else; the text says what was seen."""


class Skipped(Exception):
    """The check does not apply here; the text says why."""


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case, repeated ones joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of a problem document; empty for any other body."""
        try:
            return str(json.loads(self.body)["code"])
        except (ValueError, KeyError, TypeError):
            return ""

    def __str__(self) -> str:
        return f"{self.status} {self.code or self.body[:80].decode(errors='replace')}".strip()


@dataclass(frozen=True)
class Trial:
    """A partner made for the checks, and the operation that they call: a GET without parameters.

    ``metered``: the partner's plan only counts calls, whatever its limits say.
    """

    target: Target
    registry: Registry
    api: ApiVersion
    operation: Operation
    path: str
    partner: Onboarded
    metered: bool = False
    seen: dict[str, str] = field(default_factory=dict)
    """Request ids of calls that a later check looks up."""

    def call(
        self, path: str | None = None, *, method: str = "GET", key: str | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        """One call on a connection of its own; the path goes out exactly as given."""
        address = urlsplit(self.target.endpoint)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.netloc, timeout=35)
        try:
            connection.request(
                method,
                address.path + (self.url if path is None else path),
                headers=dict(headers) | ({"x-api-key": key} if key else {}),
            )
            response = connection.getresponse()
            found: dict[str, str] = {}
            for name, value in response.getheaders():
                lower = name.lower()
                found[lower] = f"{found[lower]}, {value}" if lower in found else value
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    @property
    def url(self) -> str:
        return f"/{self.api.name}{self.path}"

    @property
    def key(self) -> str:
        return self.partner.key.text


def _expect(seen: Answer, status: int, code: str = "") -> Answer:
    if seen.status != status or seen.code != code:
        raise Failed(f"expected {status} {code}".rstrip() + f", got {seen}")
    if code and seen.headers.get("content-type") != "application/problem+json":
        raise Failed(f"the refusal is {seen.headers.get('content-type')}, not application/problem+json")
    return seen


def credential_missing(trial: Trial) -> str:
    """Without a credential the authorizer is asked all the same, and the refusal is ours."""
    seen = _expect(trial.call(), 401, "credential_missing")
    return f"problem+json; the challenge comes as {_challenged(seen)}"


def credential_junk(trial: Trial) -> str:
    """Junk and well-made keys that nobody has are told apart from each other and refused."""
    _expect(trial.call(key="junk"), 401, "credential_malformed")
    _expect(trial.call(key=mint(trial.target.env).text), 401, "credential_unknown")
    return "credential_malformed, credential_unknown"


def token_untrusted(trial: Trial) -> str:
    """A token of an issuer that nobody trusts is refused, and told by the challenge of its scheme."""
    if trial.api.accepts == KEY:
        raise Skipped(f"{trial.api.name} accepts no tokens")
    seen = _expect(trial.call(headers={"authorization": f"Bearer {_token_of_nobody()}"}), 401, "token_untrusted")
    name = _challenged(seen)
    if 'error="invalid_token"' not in seen.headers[name]:
        raise Failed(f"{name} is {seen.headers[name]}")
    return f"401; invalid_token comes as {name}"


def limits(trial: Trial) -> str:
    """An overridden quota is given exactly, told in RateLimit, and refused with the way on."""
    if trial.metered:
        raise Skipped("all plans of the product have mode: off, which limits nothing")
    hour = -1
    while hour != time.time() // 3600:
        hour = int(time.time() // 3600)
        answers = [trial.call(key=trial.key) for _ in range(QUOTA)]
        refused = trial.call(key=trial.key)
    for seen in answers:
        if seen.status >= 500 or seen.code in REFUSALS:
            raise Failed(f"a call within the quota got {seen}")
    left = [_left(seen) for seen in answers]
    if left != [units * trial.operation.cost for units in range(QUOTA - 1, -1, -1)]:
        raise Failed(f"units left after each call: {left}")
    _expect(refused, 429, "quota_exceeded")
    trial.seen.update(allowed=answers[-1].headers["x-request-id"], refused=refused.headers["x-request-id"])
    wait = int(refused.headers.get("retry-after", "0"))
    if not 0 < wait <= 3600:
        raise Failed(f"Retry-After is {wait}")
    return f"{QUOTA} calls, then 429 with Retry-After: {wait}"


def unknown_path(trial: Trial) -> str:
    """A path that the document lacks is our 404, a method that it lacks our 405, neither of them counted."""
    _expect(trial.call(f"/{trial.api.name}/tiergate-smoke-no-such-path", key=trial.key), 404, "operation_not_found")
    methods = trial.api.methods(trial.path)
    wrong = next((name for name in ("PATCH", "DELETE", "PUT", "POST") if name not in methods), None)
    if wrong is None:
        return "404; the path has every method, so no 405"
    seen = _expect(trial.call(method=wrong, key=trial.key), 405, "method_not_allowed")
    if not seen.headers.get("allow"):
        raise Failed("the 405 has no Allow field")
    return f"404, 405 with Allow: {seen.headers['allow']}"


def no_route(trial: Trial) -> str:
    """Beside the routes the gateway answers by itself."""
    seen = trial.call("/tiergate-smoke/v0/nothing", key=trial.key)
    if seen.status != 404 or seen.code:
        raise Failed(f"expected the gateway's own 404, got {seen}")
    return "404 of API Gateway"


def dot_segments(trial: Trial) -> str:
    """Dot segments and encoded slashes never lead to an operation of the document."""
    for path in (f"/{trial.api.name}/x/%2e%2e{trial.path}", f"/{trial.api.name}/x/..{trial.path}"):
        seen = trial.call(path, key=trial.key)
        if seen.status not in {400, 403, 404}:
            raise Failed(f"{path} got {seen}")
    return "refused"


def onboarding(trial: Trial) -> str:
    """The route for sign-up backends takes signed calls only; one that asks for nothing changes nothing."""
    seen = trial.call(PATH, method="POST")
    if seen.status != 403:
        raise Failed(f"unsigned: expected the gateway's own 403, got {seen}")
    credentials = Credentials("test", "test") if trial.target.stage == LOCAL else boto3.Session().get_credentials()
    address = urlsplit(trial.target.endpoint)
    request = AWSRequest("POST", f"{address.scheme}://{address.netloc}{address.path}{PATH}")
    request.headers["host"] = address.netloc
    SigV4Auth(credentials, "execute-api", trial.target.region).add_auth(request)
    _expect(trial.call(PATH, method="POST", headers=dict(request.headers.items())), 400, "request_malformed")
    return "403 when unsigned; a signed call is read"


def access_log(trial: Trial) -> str:
    """An allowed and a refused call are in the access log, under the id the caller saw, with all that was decided."""
    if not trial.seen:
        raise Skipped("there is nothing to look up without a good run of limits")
    wanted = {trial.seen["allowed"]: "allow", trial.seen["refused"]: "deny"}
    logs, group = trial.target.client("logs"), trial.target.output("gateway", "AccessLogGroup")
    since = int((time.time() - 600) * 1000)

    def lines() -> dict[str, Any] | None:
        found = {}
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
            for event in page["events"]:
                line = json.loads(event["message"])
                if line["request_id"] in wanted:
                    found[line["request_id"]] = line
        return found if len(found) == len(wanted) else None

    found = _until(lines, LOGGED_WITHIN, "no access log line for the request ids of the answers")
    for request_id, decision in wanted.items():
        line = found[request_id]
        facts = {"decision": decision, "organization": trial.partner.organization, "api": trial.api.name}
        wrong = {name: line.get(name) for name, value in facts.items() if line.get(name) != value}
        if wrong:
            raise Failed(f"the line of a call says {wrong}")
    return "both lines are there"


def revocation(trial: Trial) -> str:
    """A revoked key is refused within the promise."""
    issued = trial.registry.keys.create(trial.partner.application, name="smoke")
    trial.call(key=issued.key.text)
    start = time.monotonic()
    trial.registry.keys.revoke(issued.key.id, reason="smoke")
    _until(
        lambda: trial.call(key=issued.key.text).code == "credential_revoked", PROMISED, "the revoked key is still taken"
    )
    return f"refused after {time.monotonic() - start:.0f} s"


def too_large(trial: Trial) -> str:
    """API Gateway refuses a request with more than 10,240 bytes of fields by itself."""
    if trial.target.stage == LOCAL:
        raise Skipped("the emulator has no size limits")
    seen = trial.call(key=trial.key, headers={"x-large": "x" * 11_000})
    if seen.status not in {400, 413, 431, 494}:
        raise Failed(f"got {seen}")
    return f"{seen.status} of API Gateway"


def metrics(trial: Trial) -> str:
    """CloudWatch takes the functions' metrics: requests, and latencies with percentiles."""
    if trial.target.stage == LOCAL:
        raise Skipped("the emulator makes no metrics of log lines")
    cloudwatch, now = trial.target.client("cloudwatch"), datetime.now(UTC)
    names = {"Stage": trial.target.env, "Api": trial.api.name, "Plan": trial.partner.subscription.plan}
    window = {
        "Namespace": NAMESPACE,
        "Dimensions": [{"Name": name, "Value": value} for name, value in names.items()],
        "StartTime": now - timedelta(minutes=15),
        "EndTime": now + timedelta(minutes=15),
        "Period": 60,
    }

    def there() -> bool:
        counted = cloudwatch.get_metric_statistics(MetricName="Requests", Statistics=["Sum"], **window)
        timed = cloudwatch.get_metric_statistics(MetricName="AuthorizerLatency", ExtendedStatistics=["p99"], **window)
        return bool(counted["Datapoints"] and timed["Datapoints"])

    _until(there, LOGGED_WITHIN, "no Requests and AuthorizerLatency of these calls")
    return "Requests and the p99 of AuthorizerLatency are there"


def concurrency(trial: Trial) -> str:
    """The account has room for the instances that the stage reserves, and for others beside them."""
    if trial.target.stage == LOCAL:
        raise Skipped("the emulator has no such limits")
    account = trial.target.client("lambda").get_account_settings()["AccountLimit"]
    unreserved, total = account["UnreservedConcurrentExecutions"], account["ConcurrentExecutions"]
    if unreserved < 100:
        raise Failed(f"only {unreserved} of {total} instances are unreserved; ask AWS for a higher quota")
    return f"{unreserved} of {total} instances are unreserved"


Check = Callable[[Trial], str]
"""Returns what it saw; raises Failed or Skipped."""

CHECKS: tuple[Check, ...] = (
    credential_missing,
    credential_junk,
    token_untrusted,
    limits,
    unknown_path,
    no_route,
    dot_segments,
    onboarding,
    too_large,
    concurrency,
    revocation,
    access_log,
    metrics,
)
"""In this order: the last ones wait for AWS, and look up what the others did."""


def _challenged(seen: Answer) -> str:
    """The name that the gateway's ``WWW-Authenticate`` came under; the field that only repeats it does not count."""
    name = next((name for name in seen.headers if name.endswith("www-authenticate") and name != REPEATED), "")
    if not name:
        raise Failed("the 401 has no WWW-Authenticate field, under no name")
    return name


def _token_of_nobody() -> str:
    """In the form of an access token, with nobody's signature."""
    header = {"alg": "RS256", "typ": "at+jwt", "kid": "smoke"}
    claims = {"iss": "https://tiergate-smoke.invalid/", "client_id": "smoke", "exp": int(time.time()) + 600}
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), secrets.token_bytes(256))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _left(seen: Answer) -> int:
    """Units left in the hour, from ``"hour";r=449;t=12, "burst";r=8``."""
    for limit in seen.headers.get("ratelimit", "").split(", "):
        if limit.startswith('"hour";'):
            return int(limit.split(";")[1].removeprefix("r="))
    raise Failed(f"no hour in RateLimit: {seen.headers.get('ratelimit')!r} ({seen})")


def _until(done: Callable[[], Any], seconds: float, otherwise: str) -> Any:
    deadline = time.monotonic() + seconds
    while not (result := done()):
        if time.monotonic() > deadline:
            raise Failed(f"{otherwise}, {seconds:.0f} s on")
        time.sleep(POLL)
    return result
