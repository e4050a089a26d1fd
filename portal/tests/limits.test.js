import assert from "node:assert/strict";
import test from "node:test";
import { limitLines, priceWords, rateWords, startWords } from "../src/limits.js";

test("limits are told in words, the largest window first", () => {
  const limits = { rate: { per_second: 5, burst: 10 }, quota: { hour: 450, month: 10_000 } };
  assert.deepEqual(limitLines(limits), ["10,000 calls a month", "450 calls an hour", "5 a second, up to 10 at once"]);
  assert.deepEqual(limitLines({}), ["No limit on calls"]);
  assert.deepEqual(limitLines(null), ["No limit on calls"]);
});

test("a rate below one a second is told by its distance", () => {
  assert.equal(rateWords({ per_second: 0.02, burst: 1 }), "1 in 50 seconds");
  assert.equal(rateWords({ per_second: 0.02, burst: 3 }), "1 in 50 seconds, up to 3 at once");
  assert.equal(rateWords({ per_second: 5, burst: 5 }), "5 a second");
});

test("a plan that costs nothing and one without a price are told apart", () => {
  assert.equal(priceWords({ amount: "0", currency: "EUR", per: "month" }), "€0 a month");
  assert.equal(priceWords({ amount: "190", currency: "EUR", per: "month" }), "€190 a month");
  assert.equal(priceWords(null), "On request");
});

test("a plan says what has to happen before it is in force", () => {
  assert.equal(startWords({ approval: "automatic" }), "At once");
  assert.equal(startWords({ approval: "manual" }), "After approval");
});
