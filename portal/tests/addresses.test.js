import assert from "node:assert/strict";
import { test } from "node:test";

import { isPage, match, safeReturn } from "../src/addresses.js";

const ORIGIN = "https://portal.example";
const ROUTES = ["/", "/apis/:api", "/apis/:api/:version", "/apis/:api/:version/:tag", "/apps", "/apps/:id/usage"].map((path) => ({ path }));
const found = (path) => match(ROUTES, path);

test("a path names one route, with its parameters decoded", () => {
  assert.equal(found("/").route.path, "/");
  assert.deepEqual(found("/apis/bank").params, { api: "bank" });
  assert.deepEqual(found("/apis/bank/v1/money%20out").params, { api: "bank", version: "v1", tag: "money out" });
  assert.equal(found("/apps/").route.path, "/apps");
  assert.equal(found("/apps/a/usage").route.path, "/apps/:id/usage");
});

test("a path that no route has is none, and a broken escape breaks nothing", () => {
  assert.equal(found("/apps/a/b/c"), null);
  assert.equal(found("/elsewhere"), null);
  assert.deepEqual(found("/apis/%E0%A4%A").params, { api: "%E0%A4%A" });
});

test("files, the APIs and other origins are no pages", () => {
  const page = (address) => isPage(new URL(address, ORIGIN), ORIGIN);
  for (const address of ["/", "/apis/bank/v1", "/guides/limits?x=1.2#a.b"]) assert.ok(page(address), address);
  for (const address of ["/changelog.xml", "/content/catalog.json", "/api/me", "/gateway/bank/v1/accounts", "https://elsewhere.example/", "javascript:alert(1)", "mailto:a@b.example"]) assert.ok(!page(address), address);
});

test("after signing in only pages of the portal are gone to", () => {
  const safe = (address) => safeReturn(address, ORIGIN);
  assert.equal(safe("/apps/app_1/usage?by=key#chart"), "/apps/app_1/usage?by=key#chart");
  assert.equal(safe("/"), "/");
  const hostile = [
    "https://elsewhere.example/", "//elsewhere.example", "///elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere.example", "/\t/elsewhere.example",
    "/..//elsewhere.example\\@portal.example", "javascript:alert(1)", "/\njavascript:alert(1)", "data:text/html,x", "apps", "", null, undefined, 7, {}, "/api/me", "/signed-in?code=1", "/signed-out", "/file.pdf", "http://[",
  ];
  for (const address of hostile) {
    const to = safe(address);
    assert.equal(new URL(to, ORIGIN).origin, ORIGIN, String(address));
    assert.equal(to, "/apps", String(address));
  }
});

test("no address leads away from the portal, however its characters are mixed", () => {
  const pieces = ["/", "\\", "//", "..", ".", "@", ":", "?", "#", "%2f", "%5c", "\t", "\n", " ", "elsewhere.example", "https:", "javascript:", "\u2215", "a"];
  let seed = 7;
  const next = (below) => { seed = (seed * 48271) % 2147483647; return seed % below; };
  for (let round = 0; round < 20_000; round += 1) {
    const address = "/" + Array.from({ length: next(6) }, () => pieces[next(pieces.length)]).join("");
    const to = safeReturn(address, ORIGIN);
    assert.equal(new URL(to, ORIGIN).origin, ORIGIN, JSON.stringify(address));
    assert.ok(!to.startsWith("//"), JSON.stringify(address));
  }
});
