import assert from "node:assert/strict";
import { test } from "node:test";

import { tokens } from "../src/tokens.js";

const kinds = (code, language) => tokens(code, language).filter(([kind]) => kind);

test("the parts of a code, joined, are the code, also where it is broken", () => {
  const codes = ['{"a": [1, -2.5e3, true, null], "b\\"c": "d"}', '{"open: 1', "curl 'it''s' \\\n  -H \"X: $KEY\" # end", "'", '"""', "`${a}`", "\u{1f600}é\u0000", "", "<script>alert(1)</script>"];
  for (const language of ["json", "shell", "python", "javascript", "http", "yaml", "text", "klingon"]) {
    for (const code of codes) assert.equal(tokens(code, language).map(([, text]) => text).join(""), code, `${language}: ${code}`);
  }
});

test("JSON's names and texts are told apart", () => {
  assert.deepEqual(kinds('{"a": "b", "c": -1, "d": true}', "json"), [["key", '"a"'], ["string", '"b"'], ["key", '"c"'], ["number", "-1"], ["key", '"d"'], ["word", "true"]]);
});

test("words within texts and names are no keywords", () => {
  assert.deepEqual(kinds('platform = "import"', "python"), [["string", '"import"']]);
  assert.deepEqual(kinds("forward", "javascript"), []);
});

test("hostile code is coloured in time that grows with its length", () => {
  const repeated = ['"', "'", '\\"', "\\'", "`", "\\`", "-", "a-", "a.", '""" ', '"""\\', "${", "''", "1.", '"\\\n'];
  for (const part of repeated) {
    for (const first of ['"', "'", "`", ""]) {
      const code = first + part.repeat(29_000 / part.length);
      for (const language of ["json", "shell", "python", "javascript", "http", "yaml"]) assert.ok(tokens(code, language).length > 0);
    }
  }
});

test("a language named as something of every object is none", () => {
  assert.deepEqual(tokens("x", "constructor"), [["", "x"]]);
});

test("a quoted quote does not turn the colours round", () => {
  assert.deepEqual(kinds("curl 'it'\\''s' --head", "shell"), [["word", "curl"], ["string", "'it'\\''s'"], ["key", "--head"]]);
});
