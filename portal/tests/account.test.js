import assert from "node:assert/strict";
import test from "node:test";
import { exhausted, forecastWords, fullest, projected, warning } from "../src/account/forecast.js";
import { Intent } from "../src/account/intent.js";
import { curlLine, environmentFile } from "../src/account/key-lines.js";
import { endAfter, graceEnd, scopesOf } from "../src/account/keys.js";
import { compared } from "../src/account/limits.js";
import { months, period, periods, pointName } from "../src/account/periods.js";
import { preselected } from "../src/account/preselect.js";
import { refusalWords } from "../src/account/refusals.js";
import { keyed, simplest } from "../src/account/sample.js";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const MONTH = { window: "month", limit: 100_000, used: 49_500, resets: "2026-12-01T00:00:00Z" };

test("a month's pace within the plan is told with its end", () => {
  const { tone, text, verdict } = forecastWords(MONTH, null, NOW);
  assert.equal(tone, "ok");
  assert.equal(text, "At this pace you reach 66,000 by 30 November:");
  assert.equal(verdict, "within your plan");
});

test("a pace beyond the plan is told with the moment at which it is used up", () => {
  const forecast = { window: "month", projected: 120_000, limit: 100_000, by: "2026-11-27T09:00:00Z" };
  const { tone, text, verdict } = forecastWords(MONTH, forecast, NOW);
  assert.equal(tone, "warn");
  assert.match(text, /100,000 calls are used up by 27 November:/);
  assert.equal(verdict, "more than your plan allows");
});

test("a limit that is used up is no forecast", () => {
  assert.equal(forecastWords({ ...MONTH, used: 100_000 }, null, NOW).tone, "bad");
});

test("a forecast of another window says nothing of this one", () => {
  const other = { window: "hour", projected: 900, limit: 450, by: "2026-11-23T12:30:00Z" };
  assert.equal(forecastWords(MONTH, other, NOW).verdict, "within your plan");
});

test("nothing is projected before a tenth of a window is over, nor of a few calls", () => {
  const hour = { window: "hour", limit: 450, used: 30, resets: "2026-11-23T13:00:00Z" };
  assert.equal(projected(hour, Date.parse("2026-11-23T12:05:00Z")), null);
  assert.equal(projected(hour, Date.parse("2026-11-23T12:30:00Z")), 60);
  assert.equal(projected({ ...hour, used: 19 }, Date.parse("2026-11-23T12:30:00Z")), null);
});

test("the fullest window of all stands for an application, and those used up are found", () => {
  const hour = { window: "hour", limit: 10, used: 10, resets: "" };
  const half = { id: "one", windows: [MONTH] };
  const full = { id: "two", windows: [hour] };
  assert.deepEqual(fullest([half, full]), { subscription: full, window: hour });
  assert.equal(fullest([{ windows: [] }]), null);
  assert.equal(fullest([]), null);
  assert.deepEqual(exhausted({ subscriptions: [half, full] }), [{ subscription: full, window: hour }]);
});

test("a quota that will not last says until when, in a line", () => {
  const hour = { window: "hour", limit: 450, used: 200, resets: "2026-11-23T13:00:00Z" };
  const forecast = { window: "hour", projected: 900, limit: 450, by: "2026-11-23T12:30:00Z" };
  assert.equal(warning(hour, forecast, NOW), "Used up by 12:30 UTC at this pace.");
  assert.equal(warning({ ...hour, used: 450 }, null, NOW), "Used up: calls are refused.");
  assert.equal(warning(MONTH, forecast, NOW), "");
});

test("one intent keeps its key over retries, and has a new one for another body or the next time", () => {
  const intent = new Intent();
  const first = intent.key({ name: "Shop" });
  assert.equal(intent.key({ name: "Shop" }), first);
  const other = intent.key({ name: "Till" });
  assert.notEqual(other, first);
  intent.done();
  assert.notEqual(intent.key({ name: "Till" }), other);
  assert.match(first, /^[!-~]{8,128}$/);
});

test("a .env file has the key on a line of its own, whatever an application is called", () => {
  const file = environmentFile("tg_dev_x", "https://api.example", "Shop\nAPI_KEY=evil");
  assert.deepEqual(file.split("\n"), ["# Shop API_KEY=evil", "API_KEY=tg_dev_x", "API_URL=https://api.example", ""]);
});

test("a curl line keeps quotes of an address from ending it", () => {
  assert.equal(curlLine("https://a.example/it's", "k"), "curl -i 'https://a.example/it'\\''s' \\\n  -H 'X-Api-Key: k'");
});

test("a grace ends so many hours from now", () => {
  assert.equal(graceEnd(24, NOW), "2026-11-24T12:00:00.000Z");
});

test("an end is the same text all day, and none where none is wished for", () => {
  assert.equal(endAfter("30", NOW), "2026-12-23T00:00:00Z");
  assert.equal(endAfter("30", NOW + 3_600_000), endAfter("30", NOW));
  assert.equal(endAfter("", NOW), null);
});

const CATALOG = {
  apis: [{ versions: [{ id: "bank/v2", accepts: "token", scopes: ["b", "a"] }, { id: "bank/v1", accepts: "either", scopes: ["a"] }, { id: "stock/v1", scopes: ["c"] }] }],
  products: {
    trading: { plans: ["gold"], apis: ["trade/v1"] },
    banking: { plans: ["partner", "free"], apis: ["bank/v2", "bank/v1"] },
  },
  plans: { gold: { approval: "manual" }, partner: { approval: "manual" }, free: { approval: "automatic" } },
};

test("a form starts with what takes effect at once", () => {
  assert.deepEqual(preselected(CATALOG, new URLSearchParams()), { product: "banking", plan: "free" });
});

test("a form starts with what the address names, as far as it exists", () => {
  assert.deepEqual(preselected(CATALOG, new URLSearchParams("product=trading")), { product: "trading", plan: "gold" });
  assert.deepEqual(preselected(CATALOG, new URLSearchParams("api=trade/v1")), { product: "trading", plan: "gold" });
  assert.deepEqual(preselected(CATALOG, new URLSearchParams("product=banking&plan=partner")), { product: "banking", plan: "partner" });
  assert.deepEqual(preselected(CATALOG, new URLSearchParams("product=none&plan=none")), { product: "banking", plan: "free" });
  assert.deepEqual(preselected({ products: {}, plans: {} }, new URLSearchParams()), { product: "", plan: "" });
});

test("plans are compared in the product's own order, with those that take effect at once marked", () => {
  const found = compared(CATALOG, "banking", "free");
  assert.deepEqual(found.map(({ id, current, immediate }) => [id, current, immediate]), [["partner", false, false], ["free", true, true]]);
});

test("scopes are those of the products' APIs, each once", () => {
  assert.deepEqual(scopesOf(CATALOG, ["banking"]), ["a", "b"]);
  assert.deepEqual(scopesOf(CATALOG, ["none"]), []);
});

test("the first call needs nothing but a key", () => {
  const operations = [
    { method: "POST", path: "/payments" },
    { method: "GET", path: "/accounts/{id}" },
    { method: "GET", path: "/branches", public: true },
    { method: "get", path: "/accounts" },
  ];
  assert.equal(simplest(operations).path, "/accounts");
  assert.equal(simplest(operations.slice(0, 3)).path, "/branches");
  assert.equal(simplest(operations.slice(0, 2)), null);
});

test("versions that take tokens alone are no start for a key", () => {
  assert.deepEqual(keyed(CATALOG, "banking").map(({ id }) => id), ["bank/v1"]);
});

test("a reason that is new is told in plain words", () => {
  assert.equal(refusalWords("moon_in_retrograde").title, "Moon in retrograde");
  assert.equal(refusalWords(undefined).title, "Unknown reason");
});

test("periods are months of UTC, this one first, none before there was anything, and those to come are refused", () => {
  const now = new Date("2026-01-31T23:59:00Z");
  assert.equal(months(null, now).length, 13);
  assert.deepEqual(months("2025-11-30T10:00:00Z", now).map(({ value }) => value), ["2026-01", "2025-12", "2025-11"]);
  assert.deepEqual(months("2026-02-01T00:00:00Z", now).map(({ value }) => value), ["2026-01"]);
  assert.deepEqual(periods("2026-01-05", "2026-01-10", now).at(-1), { value: "2026-01-10", label: "10 Jan 2026" });
  assert.equal(periods("2026-01-05", "2026-01", now).length, 2);
  assert.equal(period("2025-12", now), "2025-12");
  assert.equal(period("2026-01-31", now), "2026-01-31");
  assert.equal(period("2026-02", now), null);
  assert.equal(period("2026-13", now), null);
  assert.equal(period("javascript:", now), null);
  assert.equal(period(null, now), null);
});

test("a point is named by its day or its hour", () => {
  assert.equal(pointName("2026-11-03"), "3 Nov");
  assert.equal(pointName("2026-11-03T07"), "07:00");
});
