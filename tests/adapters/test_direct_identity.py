"""Who calls, as a direct API's upstream is told it: by every field, so that no caller can fill one in."""

from tests.events import DECISION
from tiergate.adapters.http_api import simple_response
from tiergate.domain.decision import ADMITTED, IDENTITY, Decision

PUBLIC = Decision(ADMITTED, api="shop/v1", plan="anonymous")


def context(decision: Decision, *, managed: bool = False) -> dict[str, str]:
    found: dict[str, str] = simple_response(decision, managed=managed, took=0)["context"]
    return found


def test_what_is_not_known_of_a_caller_is_said_to_be_unknown() -> None:
    """A mapping of API Gateway's whose variable is missing sets nothing: the caller's own field would stay."""
    told = {name: context(PUBLIC)[name] for name in IDENTITY}
    assert told == dict.fromkeys(IDENTITY, "-") | {"plan": "anonymous"}


def test_what_is_known_is_said() -> None:
    told = context(DECISION._replace(issuer="partners", subject="user-7", scopes="a b"))
    assert [told[name] for name in ("application", "issuer", "subject", "scopes")] == [
        *("app_1", "partners", "user-7", "a b")
    ]


def test_the_proxy_is_told_what_is_known_alone() -> None:
    assert not {"application", "issuer", "subject", "scopes"} & context(PUBLIC, managed=True).keys()
