import assert from "node:assert/strict";
import test from "node:test";
import { toneOf } from "../src/components/meter.js";

test("a meter warns from four fifths on, and is bad when it is full", () => {
  assert.equal(toneOf(79, 100), "ok");
  assert.equal(toneOf(80, 100), "warn");
  assert.equal(toneOf(100, 100), "bad");
  assert.equal(toneOf(0, 0), "ok");
});
