"""``tiergate audit``: who changed what, before, after and why."""

import getpass

from tests.cli.conftest import Made, Run


def test_every_change_is_told_newest_first_with_who_and_why(
    run: Run, made: Made, application: str, subscription: str
) -> None:
    made("subscription", "set-plan", subscription, "large", "--reason", "contract 4711")
    newest, *older = made("audit", "acme")
    assert (newest["who"], newest["what"]) == (f"local:{getpass.getuser()}", "subscription set-plan")
    assert newest["reason"] == "contract 4711"
    assert (newest["before"]["plan"], newest["after"]["plan"]) == ("basic", "large")
    assert [entry["what"] for entry in older] == ["subscription create", "application create", "organization create"]
    told = run("audit", "acme").stdout.splitlines()
    assert told[:5] == [
        f"{newest['time']}  subscription set-plan  by local:{getpass.getuser()}",
        f"  of      application {application}, subscription {subscription}, product shop, state active",
        "  before  plan basic",
        "  after   plan large",
        "  reason  contract 4711",
    ]


def test_what_did_not_change_leaves_no_entry(made: Made, application: str) -> None:
    made("app", "suspend", application)
    before = made("audit", "acme")
    made("app", "suspend", application)
    assert made("audit", "acme") == before


def test_nested_facts_are_one_line_with_readable_times(run: Run, made: Made, subscription: str) -> None:
    made("subscription", "override", subscription, "--limit", "hour=900", "--until", "2090-01-31")
    assert "  after   override (limits (hour 900), until 2090-01-31T00:00:00Z)" in run("audit", "acme").stdout


def test_entries_outlive_the_organization(run: Run, made: Made, application: str) -> None:
    made("app", "delete", application, "--yes")
    made("org", "delete", "acme", "--yes", "--reason", "contract ended")
    assert run("org", "show", "acme").exit_code == 1
    assert made("audit", "acme")[0]["reason"] == "contract ended"


def test_an_organization_that_never_was_is_told(run: Run, made: Made, application: str) -> None:
    result = run("audit", "nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert 'there is no organization "nobody"' in result.stderr
