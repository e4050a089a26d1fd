import assert from "node:assert/strict";
import { test } from "node:test";

import { prepared, search } from "../src/rank.js";

const ENTRIES = [
  { kind: "api", title: "Bank", text: "Accounts and payments", url: "/apis/bank/v1", api: "bank/v1" },
  { kind: "tag", title: "Payments", text: "", url: "/apis/bank/v1/payments", api: "bank/v1" },
  { kind: "operation", title: "List accounts", text: "Newest first", url: "/1", method: "get", path: "/accounts", api: "bank/v1" },
  { kind: "operation", title: "Get an account's balances", text: "", url: "/2", method: "get", path: "/accounts/{id}/balances", api: "bank/v1" },
  { kind: "operation", title: "Make a payment", text: "From an account", url: "/3", method: "post", path: "/payments", api: "bank/v1" },
  { kind: "operation", title: "Make a payment", text: "The old way", url: "/4", method: "post", path: "/pay", api: "bank/v1", deprecated: true },
  { kind: "guide", title: "Überweisungen prüfen", text: "Wie man Zahlungen prüft", url: "/guides/pruefen" },
];
const index = prepared(ENTRIES);
const urls = (query, most) => search(index, query, most).map(({ url }) => url);

test("case and accents do not matter", () => {
  assert.deepEqual(urls("UBERWEISUNGEN"), ["/guides/pruefen"]);
  assert.deepEqual(urls("überweisungen PRUFEN"), ["/guides/pruefen"]);
});

test("every word has to be there", () => {
  assert.deepEqual(urls("payment balances"), []);
  assert.deepEqual(urls("account balances"), ["/2"]);
});

test("a title that begins with it comes before a text that has it", () => {
  assert.equal(urls("payments")[0], "/apis/bank/v1/payments");
  assert.equal(urls("bank")[0], "/apis/bank/v1");
});

test("what is deprecated comes after its like", () => {
  assert.deepEqual(urls("make a payment"), ["/3", "/4"]);
});

test("operations are found by method and path", () => {
  assert.equal(urls("post /payments")[0], "/3");
  assert.equal(urls("/accounts/{id}")[0], "/2");
});

test("nothing is found for nothing, and no more than asked for", () => {
  assert.deepEqual(urls("  "), []);
  assert.equal(urls("a", 2).length, 2);
});

test("characters that mean something elsewhere are found as they are", () => {
  for (const query of [".*", "(", "[a-z]", "\\", "${x}", "<script>"]) assert.deepEqual(urls(query), []);
});
