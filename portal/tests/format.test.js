import assert from "node:assert/strict";
import { test } from "node:test";

import { date, dateTime, duration, longDate, money, month, number, plural, relative, time } from "../src/format.js";

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

test("distances take the largest unit that has passed, to the nearest, and never a word that says less", () => {
  const at = (seconds) => relative(new Date(NOW + seconds * 1000), NOW);
  const day = 86_400;
  assert.equal(at(-20), "just now");
  assert.equal(at(20), "in less than a minute");
  assert.equal(at(-120), "2 minutes ago");
  assert.equal(at(-119), "2 minutes ago");
  assert.equal(at(3 * day), "in 3 days");
  assert.equal(at(-day), "1 day ago");
  assert.equal(at(-47 * 3600), "2 days ago");
  assert.equal(at(7 * day - 5), "in 7 days");
  assert.equal(at(day - 60), "in 24 hours");
  assert.equal(at(9 * day), "in 9 days");
  assert.equal(at(-59 * day), "2 months ago");
  assert.equal(relative("nonsense", NOW), "");
});

test("spans are told by their two largest units", () => {
  assert.equal(duration(0), "0 seconds");
  assert.equal(duration(1), "1 second");
  assert.equal(duration(7500), "2 hours 5 minutes");
  assert.equal(duration(90_061), "1 day 1 hour");
});

test("money has decimals where it is not whole", () => {
  assert.equal(money("190", "EUR"), "€190");
  assert.equal(money("1.5", "GBP"), "£1.50");
  assert.equal(money("0", "EUR"), "€0");
});
