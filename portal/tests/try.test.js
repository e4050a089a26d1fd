import assert from "node:assert/strict";
import { test } from "node:test";

import { faults, jsonFault } from "../src/try/faults.js";
import { leftWords, limitsLeft } from "../src/call/limits.js";
import { contentOf, laidOut, send } from "../src/call/send.js";

const bytes = (text) => new TextEncoder().encode(text);
const get = { method: "GET", url: "/gateway/bank/v1/accounts", headers: [["X-Api-Key", "key"]], body: null };

test("what is left of each limit is read from the answer", () => {
  const headers = new Headers({ RateLimit: '"hour";r=438;t=1200, "burst";r=9;t=1', "RateLimit-Policy": '"hour";q=450;w=3600, "burst";q=10;w=2' });
  const left = limitsLeft(headers);
  assert.deepEqual(left, [{ name: "hour", left: 438, resets: 1200, of: 450 }, { name: "burst", left: 9, resets: 1, of: 10 }]);
  assert.equal(leftWords(left[0]), "438 of 450 left this hour");
  assert.deepEqual(limitsLeft(new Headers()), []);
  assert.deepEqual(limitsLeft(new Headers({ RateLimit: "nonsense;;r=" })), []);
});

test("an answer has its status, time, request id and laid-out body", async () => {
  const times = [100, 174];
  const fetch = async () => new Response('{"a":[1,{}]}', { status: 200, statusText: "OK", headers: { "content-type": "application/json", "x-request-id": "abc" } });
  const answer = await send(get, { fetch, now: () => times.shift() });
  assert.deepEqual([answer.status, answer.ms, answer.requestId, answer.content.text], [200, 74, "abc", '{\n  "a": [\n    1,\n    {}\n  ]\n}']);
});

test("no cookie is sent, nothing is kept, no redirect followed", async () => {
  let sent;
  await send(get, { fetch: async (url, options) => { sent = options; return new Response(""); } });
  assert.deepEqual([sent.credentials, sent.cache, sent.redirect, sent.referrerPolicy], ["omit", "no-store", "manual", "no-referrer"]);
});

const pending = (url, { signal }) => new Promise((resolve, reject) => { signal.addEventListener("abort", () => reject(signal.reason)); });

test("a call that takes too long, one that is stopped and one that does not get through are told apart", async () => {
  assert.equal((await send(get, { fetch: pending, timeout: 1 })).failed, "timeout");
  const controller = new AbortController();
  const stopped = send(get, { fetch: pending, signal: controller.signal });
  controller.abort();
  assert.equal((await stopped).failed, "aborted");
  assert.equal((await send(get, { fetch: async () => { throw new TypeError("Failed to fetch"); } })).failed, "network");
  assert.equal((await send({ ...get, headers: [["bad name", "x"]] }, { fetch: pending })).failed, "refused");
});

test("a body is laid out, shown as text, or offered as a file, by what it is", () => {
  assert.equal(contentOf("application/json", bytes("{}")).kind, "json");
  assert.equal(contentOf("text/html", bytes("<b>no</b>")).kind, "text");
  assert.equal(contentOf("application/pdf", bytes("%PDF")).kind, "bytes");
  assert.equal(contentOf("application/json", new Uint8Array([0xff, 0])).kind, "bytes");
  assert.equal(contentOf("", new Uint8Array()).kind, "empty");
  assert.equal(contentOf("application/json", bytes("{broken")).kind, "text");
  assert.deepEqual(contentOf("application/problem+json", bytes('{"next":"Wait."}')).problem, { next: "Wait." });
});

test("layout keeps every digit and every sign of a string", () => {
  const text = '{"n":12345678901234567890, "s":"{[,:]} \\" x", "e":[ ] ,"o":{ }}';
  assert.equal(laidOut(text), '{\n  "n": 12345678901234567890,\n  "s": "{[,:]} \\" x",\n  "e": [],\n  "o": {}\n}');
  assert.equal(laidOut("[]"), "[]");
});

test("an answer that is deep or large is laid out as far as it is shown", () => {
  const deep = contentOf("application/json", bytes("[".repeat(30_000) + "]".repeat(30_000)));
  assert.deepEqual([deep.kind, deep.text.length, deep.cut], ["json", 100_000, true]);
  const large = contentOf("application/json", bytes(`[${"1,".repeat(60_000)}1]`));
  assert.deepEqual([large.text.length, large.cut, large.bytes.length], [100_000, true, 120_003]);
  const small = contentOf("text/plain", bytes("a".repeat(100_000)));
  assert.deepEqual([small.text.length, small.cut], [100_000, false]);
});

test("of a problem only texts are told", () => {
  const problem = (body) => contentOf("application/problem+json", bytes(body)).problem;
  assert.deepEqual(problem('{"title": 5, "detail": {"toString": 1}, "next": "Wait."}'), { next: "Wait." });
  assert.deepEqual([problem("null"), problem("5")], [null, {}]);
});

test("a limit named as something of every object is told by its name", () => {
  assert.equal(leftWords({ name: "constructor", left: 5, of: null }), "5 left constructor");
});

const operation = {
  parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }, { name: "filter", in: "query", schema: { type: "object" } }, { name: "X-A", in: "header", schema: { type: "string" } }],
  request_body: { required: true, content: { "application/json": { schema: {} } } },
};
const faultsOf = (parameters, body = "{}") => faults(operation, { parameters, media: "application/json", body }, {});

test("faults are told at their field, all at once", () => {
  assert.deepEqual(Object.keys(faultsOf({ "path:id": "", "query:filter": "{", "header:X-A": "a\nb" }, "")), ["path:id", "query:filter", "header:X-A", "body"]);
  assert.match(faultsOf({ "path:id": ".." })["path:id"], /cannot have/);
  assert.deepEqual(faultsOf({ "path:id": "a" }), {});
});

test("a fault of JSON names its line", () => {
  assert.match(jsonFault('{\n  "a": 1,\n}'), /line 3/);
  assert.equal(jsonFault("[1]"), null);
});
