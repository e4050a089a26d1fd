/** The credentials of try-it: in this page's memory only, gone with it. */

import { api } from "../api.js";
import { signal } from "../vendor.js";

/** What is called with: "try" (a temporary key) or "own". */
export const choice = signal("try");

/** The temporary key: `{key, expires (ms), apis}`. */
export const temporary = signal(null);

/** What the person pasted. */
export const own = signal({ key: "", token: "" });

const SPARE = 5_000;

/** Milliseconds that the temporary key is still good for at an API; 0 without one. */
export function remaining(id, now = Date.now()) {
  const held = temporary.value;
  return held && held.apis.includes(id) ? Math.max(0, held.expires - now) : 0;
}

const asking = new Map();

/**
 * The temporary key for an API, a new one where there is none or it is about to end.
 * @throws {import("../api.js").Problem} where none is given out now
 */
export async function obtain(id, { post = api.post, now = Date.now } = {}) {
  if (remaining(id, now()) > SPARE) return temporary.value.key;
  if (!asking.has(id)) asking.set(id, post("/try-keys", { body: { api: id } }).finally(() => asking.delete(id)));
  const { key, expires, apis = [id] } = await asking.get(id);
  temporary.value = { key, expires: Date.parse(expires), apis };
  return key;
}

/** Forgets a key that the gateway no longer takes. */
export function forget() {
  temporary.value = null;
}
