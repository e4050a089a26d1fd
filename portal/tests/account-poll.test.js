import assert from "node:assert/strict";
import test from "node:test";
import { poll } from "../src/account/poll.js";

/** A page that can be hidden, and a clock whose timers fire when told to. */
function world() {
  const page = new EventTarget();
  page.hidden = false;
  const waiting = new Map();
  let last = 0;
  const timers = {
    setTimeout: (act, wait) => {
      waiting.set(++last, { act, wait });
      return last;
    },
    clearTimeout: (id) => waiting.delete(id),
  };
  const fire = async () => {
    const [[id, { act, wait }]] = waiting;
    waiting.delete(id);
    await act();
    return wait;
  };
  const show = async (hidden) => {
    page.hidden = hidden;
    page.dispatchEvent(new Event("visibilitychange"));
    await new Promise(setImmediate);
  };
  return { page, timers, waiting, fire, show };
}

test("it asks every two seconds at first, then ever more seldom, and never more seldom than said", async () => {
  const { page, timers, fire } = world();
  poll(async () => false, { page, timers, most: 5000 });
  const waits = [];
  for (let at = 0; at < 9; at += 1) waits.push(await fire());
  assert.equal(waits[0], 2000);
  assert.ok(waits.every((wait, at) => at === 0 || wait >= waits[at - 1]));
  assert.equal(waits.at(-1), 5000);
});

test("it ends when the answer is there", async () => {
  const { page, timers, waiting, fire } = world();
  poll(async () => true, { page, timers });
  await fire();
  assert.equal(waiting.size, 0);
});

test("a failure is no answer and no end", async () => {
  const { page, timers, waiting, fire } = world();
  poll(() => Promise.reject(new Error("away")), { page, timers });
  await fire();
  assert.equal(waiting.size, 1);
});

test("nothing is asked while the page is hidden, and at once when it is shown again", async () => {
  const { page, timers, waiting, fire, show } = world();
  let asked = 0;
  poll(async () => void (asked += 1), { page, timers });
  await fire();
  assert.equal(asked, 1);
  await show(true);
  assert.equal(waiting.size, 0);
  await show(false);
  assert.equal(asked, 2);
  assert.equal(waiting.size, 1);
});

test("stopped, it asks no more, also when the page is shown again", async () => {
  const { page, timers, waiting, show } = world();
  let asked = 0;
  const stop = poll(async () => void (asked += 1), { page, timers });
  stop();
  await show(false);
  assert.equal(asked, 0);
  assert.equal(waiting.size, 0);
});

test("it quickens again when the page is shown", async () => {
  const { page, timers, fire, show } = world();
  poll(async () => false, { page, timers, most: 5000 });
  for (let at = 0; at < 9; at += 1) await fire();
  await show(true);
  await show(false);
  assert.equal(await fire(), 2000);
});
