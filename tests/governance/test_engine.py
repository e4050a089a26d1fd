"""The engine: what a document cannot make it do, and what happens where it cannot go on."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.governance.conftest import RULESET, Read
from tiergate.governance import engine as module
from tiergate.governance.engine import Engine, NotInstalled
from tiergate.policy.source import Faults

pytestmark = pytest.mark.synth
SLOW = """
export default (document) => {
  if (document.info.title === "Slow") for (;;) {}
  if (document.info.title === "Large") for (const kept = []; ; ) kept.push(new Array(100_000).fill(document));
  if (document.info.title === "Failing") throw new Error("no luck");
  return [];
};
"""
RULES = """
functions: [odd]
rules:
  odd: {message: "{{error}}; mend it", severity: error, given: $, then: {function: odd}}
  named: {message: "name it; now", severity: warn, given: "$.paths[*][get]",
    then: {field: operationId, function: truthy}}
"""


class Host:
    """A web server that counts who asks."""

    def __init__(self) -> None:
        host = self
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"type": "string", "description": "fetched-words"}')

            def log_message(self, *words: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


@pytest.fixture
def ruleset(tmp_path: Path) -> Path:
    """One of a team's own, with rules that see references resolved."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "odd.js").write_text(SLOW, encoding="utf-8")
    (tmp_path / "ruleset.yaml").write_text(RULES, encoding="utf-8")
    return tmp_path / "ruleset.yaml"


def titled(title: str, more: str = "") -> str:
    return f"openapi: 3.1.0\ninfo: {{title: {title}, version: 1.0.0}}\npaths:\n  /a: {{get: {{}}}}\n{more}"


def test_references_to_hosts_and_files_are_never_followed(
    host: Host, ruleset: Path, tmp_path: Path, read: Read, engine: Engine
) -> None:
    """Neither for our rules nor for rules that see references resolved."""
    (tmp_path / "private.yaml").write_text("type: string\ndescription: private-words\n", encoding="utf-8")
    references = (f"{host.address}/schema.json", str(tmp_path / "private.yaml"), f"file://{tmp_path}/private.yaml")
    schemas = "".join(f"    S{number}: {{$ref: '{each}'}}\n" for number, each in enumerate(references))
    document = read(titled("A", f"components:\n  schemas:\n{schemas}"))
    echo = """export default (document) => [{ message: JSON.stringify(document) }];"""
    (tmp_path / "functions" / "odd.js").write_text(echo, encoding="utf-8")
    found = engine.lint(document).findings
    with Engine(ruleset) as resolving:
        echoed = resolving.lint(document).findings
    assert host.asked == []
    assert sum(each.rule == "reference-outside" for each in found) == 3
    assert any("/schema.json" in each.message for each in echoed)
    assert not any("fetched-words" in each.message or "private-words" in each.message for each in (*found, *echoed))


def test_a_rule_of_a_team_is_told_like_ours_and_counts_its_places(ruleset: Path, read: Read) -> None:
    with Engine(ruleset) as own:
        answer = own.lint(read(titled("A").replace("{}}", "{}}\n  /b: {get: {operationId: b}}")))
    assert list(map(str, answer.findings)) == ["f:4: named: name it; now"]
    assert answer.places["named"] == 2


def test_a_document_that_takes_too_long_is_told_and_the_next_is_judged(ruleset: Path, read: Read) -> None:
    with Engine(ruleset) as loading:
        assert loading.rules
    with Engine(ruleset) as own:
        own.seconds = 1.0
        with pytest.raises(Faults) as raised:
            own.lint(read(titled("Slow")))
        own.seconds = module.SECONDS
        assert len(own.lint(read(titled("A"))).findings) == 1
    assert str(raised.value) == "f:1: the rules took longer than 1 s; split it, or switch the slow rule off"


def test_a_document_that_takes_too_much_memory_is_told_and_the_next_is_judged(ruleset: Path, read: Read) -> None:
    with Engine(ruleset, megabytes=64) as own:
        with pytest.raises(Faults) as raised:
            own.lint(read(titled("Large")))
        assert len(own.lint(read(titled("A"))).findings) == 1
    assert str(raised.value) == ("f:1: the rules took more than 64 MB of memory, or Node failed; split the document")


def test_a_rule_that_fails_is_told_and_the_others_judge(ruleset: Path, read: Read) -> None:
    with Engine(ruleset) as own:
        answer = own.lint(read(titled("Failing")))
        assert own.lint(read(titled("A"))).faults == ()
    assert list(map(str, answer.faults)) == [
        "f:1: the rule odd failed on this document: no luck; mend the document, or the rule"
    ]
    assert [each.rule for each in answer.findings] == ["named"]


def test_nothing_of_a_ruleset_is_fetched(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "ruleset.yaml"
    address = f"{host.address}/all.yaml"
    told = f"{address} is not fetched; save it beside the ruleset and extend the file"
    for line, text in (
        (3, f"extends:\n  - rules.yaml\n  - '{address}'\n"),
        (1, f"extends: '{address}'\n"),
        (1, f"rules: {{}}\noverrides:\n  - files: ['**']\n    extends: ['{address}']\n"),
    ):
        file.write_text(text, encoding="utf-8")
        (tmp_path / "rules.yaml").write_text("rules: {}\n", encoding="utf-8")
        with pytest.raises(Faults) as raised:
            Engine(file)
        assert str(raised.value) == f"{file}:{line}: {told}"
    assert host.asked == []


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}},
        {
            "A": {"allOf": [{"$ref": "#/components/schemas/B"}]},
            "B": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
        },
        {"A": {"$ref": "#/components/schemas/S0"}}
        | {f"S{number}": {"items": {"$ref": f"#/components/schemas/S{number + 1}"}} for number in range(9000)}
        | {"S9000": {"type": "string"}},
    ],
    ids=["itself", "in a circle", "9,000 deep"],
)
def test_schemas_without_end_are_judged_by_every_rule(
    schemas: dict[str, object], read: Read, good: str, engine: Engine
) -> None:
    schema = {"schema": {"$ref": "#/components/schemas/A"}}
    content = {"application/json": schema | {"example": [{"a": 1}]}, "application/a+json": schema}
    operation = {"operationId": "a", "responses": {"200": {"description": "x", "content": content}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1.0.0"},
        "paths": {"/a": {"get": operation}},
        "components": {"schemas": schemas},
    }
    told = engine.lint(read(json.dumps(document)))
    assert told.faults == ()
    assert "operation-summary" in {each.rule for each in told.findings}


def test_names_are_cut_between_characters(read: Read, good: str, engine: Engine) -> None:
    """An emoji is two units of JavaScript's, half of which is no text."""
    name = "a" * 56 + "\N{GRINNING FACE}" * 9
    text = good.replace("name: limit", f"name: {name}", 1)
    assert text != good
    told = [str(each) for each in engine.lint(read(text)).findings]
    assert any("\N{GRINNING FACE}…" in each for each in told)
    for each in told:
        each.encode()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("rules:\n  a: {given: $}\n", 2, 'the rule must have at least "given" and "then" properties'),
        ("rules:\n  a: {given: $, then: {function: nothing}}\n", 2, ""),
        ("rules: {}\nextends: 7\n", 1, ""),
        ("rules: 7\n", 1, ""),
        ("rules: {}\nextends:\n  - ./missing.yaml\n", 3, "{folder}/missing.yaml is not there; mend its name, or add "),
        ("rules:\n  a: off\n", 2, 'there is no rule: "a"; mend its name, or say what it does by given and then'),
        ("rules:\n  a: sometimes\n", 2, "a severity is error, warn, info, hint or off"),
    ],
)
def test_a_faulty_ruleset_is_told(text: str, line: int, message: str, tmp_path: Path) -> None:
    (tmp_path / "ruleset.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Faults) as raised:
        Engine(tmp_path / "ruleset.yaml")
    assert str(raised.value).startswith(
        f"{tmp_path}/ruleset.yaml:{line}: {message.format(folder=tmp_path) if 'folder' in message else message}"
    )


def test_a_ruleset_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="cannot be read: No such file or directory"):
        Engine(tmp_path / "ruleset.yaml")


def test_without_node_modules_the_command_to_run_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "MODULES", tmp_path)
    with pytest.raises(NotInstalled, match=r"is not installed, which the rules run on; run: make setup$"):
        Engine(RULESET)


def test_rules_work_from_any_folder(tmp_path: Path, read: Read, good: str) -> None:
    """What a ruleset needs of Spectral is found wherever the ruleset lies."""
    copy = tmp_path / "elsewhere" / "governance"
    for path in RULESET.parent.rglob("*.*"):
        target = copy / path.relative_to(RULESET.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    with (copy / "ruleset.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "overrides:\n  - files: ['../apis/shop/**']\n    rules: {operation-id: off, operation-summary: error}\n"
        )
    text = good.replace("      operationId: placeOrder\n      summary: Place an order\n", "")
    with Engine(copy / "ruleset.yaml") as own:
        elsewhere = own.lint(read(text)).findings
        document = read(text)
        source = replace(document.source, file=str(copy.parent / "apis/shop/v1/openapi.yaml"))
        shop = own.lint(replace(document, source=source)).findings
    assert {(each.rule, each.severity) for each in elsewhere} == {
        ("operation-id", "error"),
        ("operation-summary", "warning"),
    }
    assert {(each.rule, each.severity) for each in shop} == {("operation-summary", "error")}
