import assert from "node:assert/strict";
import { test } from "node:test";

import { safeHref, text } from "../src/components/nodes.js";

test("only addresses that can do nothing but lead somewhere are links", () => {
  for (const href of ["https://a.example/x", "http://a.example", "mailto:a@b.example", "/apis/bank", "#part"]) assert.equal(safeHref(href), href);
  const hostile = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "\u0001javascript:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "//elsewhere.example", "/\\elsewhere.example", "file:///etc", "", null, undefined, {}, ["https://a"]];
  for (const href of hostile) assert.equal(safeHref(href), null, String(href));
});

test("the text of nodes has neither tags nor attributes", () => {
  assert.equal(text(["p", {}, "See ", ["a", { href: "/x" }, "the ", ["em", {}, "guide"]], "."]), "See the guide.");
  assert.equal(text(["one ", "two"]), "one two");
});
