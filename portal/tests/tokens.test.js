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
  for (const code of ['"'.repeat(90_000), "'".repeat(90_000), `"${"\\".repeat(90_000)}`, "-".repeat(90_000)]) {
    for (const language of ["json", "shell", "python", "javascript"]) assert.ok(tokens(code, language).length > 0);
  }
});
