"""Code samples that are pasted into a shell run nothing and read no file that a document names."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.portal.printed_samples import HOSTILE, KEY, Echo, case, printed, told

QUOTE = """
import { readFileSync } from "node:fs";
const { shell } = await import(`${process.argv[1]}/quote.js`);
console.log(JSON.parse(readFileSync(0, "utf8")).map((text) => `printf '%s|' ${shell(text)}`).join("\\n"));
"""
SHELLS = ["sh", "dash", "bash", *filter(shutil.which, ("zsh", "fish"))]
WORDS = [
    *HOSTILE,
    "\u200e'; touch ran; echo '",
    "\\'; touch ran; #",
    "$(touch ran)\u202e\n`touch ran`",
    "\u001b]0;title\u0007\\",
]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_word_is_the_text_itself_in_every_shell_and_runs_nothing(shell: str, tmp_path: Path) -> None:
    (tmp_path / "words").write_text(told(QUOTE, WORDS), encoding="utf-8", newline="")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)}
    done = subprocess.run(  # noqa: S603  # our own words
        [shell, "words"], cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=True
    )
    assert done.stdout.decode() == "".join(f"{each}|" for each in WORDS)
    assert not (tmp_path / "ran").exists()


THEFTS: list[tuple[str, str, Any]] = [
    ("note", "text/plain;headers=@secret", "hi"),
    ("note", "text/plain;filename=secret", "hi"),
    ("a=@secret;", "text/plain", "hi"),
    ("a=<secret", "", "hi"),
    ("a=@secret;", "", {"a": 1}),
    ("secret", "", None),
    ("../secret", "image/png;headers=@secret", None),
]
"""Fields of a form by name, content type and example; without one, files."""


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize(("name", "media", "value"), THEFTS)
def test_no_field_of_a_form_makes_curl_read_a_file_that_a_document_names(
    name: str, media: str, value: Any, shell: str, echo: Echo, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    for folder in (tmp_path, tmp_path / "here"):
        for file in ("secret", "secret.bin", "file.bin"):
            (folder / file).write_text("mine" if file == "file.bin" else "stolen")
    kind = {"type": "string", "format": "binary"} if value is None else {"type": ["object", "string"], "example": value}
    fields = {} if value is None else {name: value if isinstance(value, str) else json.dumps(value)}
    content = {"schema": {"required": [name], "properties": {name: kind}}, "encoding": {name: {"contentType": media}}}
    body = {"content": {"multipart/form-data": content}}
    made = case("post", "/f", [], media="multipart/form-data", fields=fields, request_body=body)
    (text,) = printed([{**made, "base": echo.base}])
    (tmp_path / "here/sample").write_text(text["curl"], encoding="utf-8")
    echo.arrived.clear()
    environment = {**os.environ, "API_KEY": KEY, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    subprocess.run(  # noqa: S603  # the sample itself
        [shell, "sample"], cwd=tmp_path / "here", env=environment, capture_output=True, timeout=60, check=True
    )
    (arrived,) = echo.arrived
    assert arrived.method == "POST"
    assert b"stolen" not in arrived.body + str(arrived.fields).encode()
    assert (b"mine" in arrived.body) == (value is None)
