import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = { pathname: "/", search: "", hash: "" };
globalThis.fetch = async () => new Response("", { status: 404 });
globalThis.BroadcastChannel = class {};
const { obtain, remaining, temporary } = await import("../src/try/keys.js");

const expires = "2099-01-01T00:00:00Z";

test("a key is asked for once an API, and opens what its answer says", async () => {
  const asked = [];
  const post = async (path, { body }) => {
    asked.push(body.api);
    return { key: `key of ${body.api}`, expires, apis: [body.api] };
  };
  const keys = await Promise.all(["bank/v1", "bank/v1", "stock/v1"].map((id) => obtain(id, { post })));
  assert.deepEqual(keys, ["key of bank/v1", "key of bank/v1", "key of stock/v1"]);
  assert.deepEqual(asked, ["bank/v1", "stock/v1"]);
  assert.equal(remaining("bank/v1"), 0);
  assert.ok(remaining("stock/v1") > 0);
  assert.equal(temporary.value.key, "key of stock/v1");
});
