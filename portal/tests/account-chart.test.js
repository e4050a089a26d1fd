import assert from "node:assert/strict";
import test from "node:test";
import { columns, everyNth, few, scale } from "../src/components/scale.js";

test("an axis has round steps of whole calls, and reaches over the most", () => {
  for (const most of [1, 3, 7, 12, 99, 450, 2391, 64_565, 1_000_000]) {
    const { top, steps } = scale(most);
    assert.ok(top >= most, `${most}`);
    assert.ok(steps.length >= 2 && steps.length <= 6, `${most}: ${steps}`);
    assert.ok(steps.every(Number.isInteger), `${most}: ${steps}`);
    assert.equal(steps.at(-1), top);
  }
});

test("an axis of nothing still has a height", () => {
  assert.ok(scale(0).top > 0);
});

test("series stand on each other, in the order of time, also where one lacks a day", () => {
  const series = [
    { name: "a", label: "A", points: [{ time: "2026-11-02", value: 4 }, { time: "2026-11-01", value: 1 }] },
    { name: "b", label: "B", points: [{ time: "2026-11-02", value: 2 }] },
  ];
  const [first, second] = columns(series);
  assert.deepEqual(first.parts.map(({ value, from }) => [value, from]), [[1, 0], [0, 1]]);
  assert.deepEqual(second.parts.map(({ value, from }) => [value, from]), [[4, 0], [2, 4]]);
  assert.equal(second.total, 6);
});

test("no more names stand on an axis than have room", () => {
  for (const count of [1, 10, 24, 31]) assert.ok(count / everyNth(count) <= 10.5, `${count}`);
});

test("series beyond those that can be told apart are one", () => {
  const series = Array.from({ length: 8 }, (_, at) => ({ name: `k${at}`, label: `k${at}`, total: at + 1, points: [{ time: "2026-11-01", value: at + 1 }] }));
  const shown = few(series);
  assert.deepEqual(shown.map(({ label }) => label), ["k7", "k6", "k5", "k4", "k3", "3 others"]);
  assert.deepEqual(shown.at(-1).points, [{ time: "2026-11-01", value: 6 }]);
  assert.equal(shown.reduce((sum, each) => sum + each.total, 0), 36);
  assert.deepEqual(few(series.slice(0, 6)), series.slice(0, 6));
});
