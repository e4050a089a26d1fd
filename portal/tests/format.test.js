import assert from "node:assert/strict";
import { test } from "node:test";

import { date, dateTime, duration, longDate, month, number, plural, price, relative, time } from "../src/format.js";

const NOW = Date.parse("2026-11-23T12:00:00Z");

test("numbers have separators, and no more digits than say something", () => {
  assert.equal(number(49500), "49,500");
  assert.equal(number(0.456), "0.46");
  assert.equal(plural(1, "call"), "call");
  assert.equal(plural(0, "call"), "calls");
  assert.equal(plural(2, "query", "queries"), "queries");
});

test("dates are UTC wherever they are read", () => {
  assert.equal(date("2027-03-01T00:30:00Z"), "1 Mar 2027");
  assert.equal(date("2027-02-28T23:30:00Z"), "28 Feb 2027");
  assert.equal(longDate("2027-03-01"), "1 March 2027");
  assert.equal(month("2027-03"), "March 2027");
  assert.equal(time("2027-03-01T14:05:00Z"), "14:05 UTC");
  assert.equal(dateTime("2027-03-01T14:05:00Z"), "1 Mar 2027, 14:05 UTC");
  for (const each of [date, time, dateTime, month]) assert.equal(each("nonsense"), "");
});

test("distances take the largest unit that has passed", () => {
  const at = (seconds) => relative(new Date(NOW + seconds * 1000), NOW);
  assert.equal(at(-20), "just now");
  assert.equal(at(20), "in less than a minute");
  assert.equal(at(-120), "2 minutes ago");
  assert.equal(at(-119), "1 minute ago");
  assert.equal(at(3 * 86_400), "in 3 days");
  assert.equal(at(-86_400), "yesterday");
  assert.equal(relative("nonsense", NOW), "");
});

test("spans are told by their two largest units", () => {
  assert.equal(duration(0), "0 seconds");
  assert.equal(duration(1), "1 second");
  assert.equal(duration(7500), "2 hours 5 minutes");
  assert.equal(duration(90_061), "1 day 1 hour");
});

test("prices say for how long, and nothing costs nothing", () => {
  assert.equal(price({ amount: "190", currency: "EUR", per: "month" }), "€190 a month");
  assert.equal(price({ amount: "1.5", currency: "GBP", per: "month" }), "£1.50 a month");
  assert.equal(price({ amount: "0", currency: "EUR", per: "month" }), "Free");
  assert.equal(price(null), "");
});
