/** The portal API: every call of it that pages make. */

import { ours, Problem, problemOf, unanswered } from "./problem.js";
import { accessToken, ended } from "./session.js";

export { Problem };

const BASE = "/api";
const SECONDS = 30;
const UNREADABLE = ours("unreadable", "The answer could not be read.", "Try again in a minute.");

/**
 * @param {string} method
 * @param {string} path below /api, such as `/me`
 * @param {{body?: object, etag?: string|number, idempotent?: string|boolean}} options `etag`: the version that a change
 *   is of; `idempotent`: one text an intent, kept over its retries (true: made here)
 * @returns {Promise<any>} what the answer's body has; null where it has none
 * @throws {Problem} also where the session could not be renewed now
 */
async function call(method, path, { body, etag, idempotent } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (etag !== undefined) headers["if-match"] = typeof etag === "number" ? `"${etag}"` : etag;
  if (idempotent) headers["idempotency-key"] = idempotent === true ? crypto.randomUUID() : idempotent;
  const sent = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" };
  const token = await accessToken();
  let answer = await send(path, sent, token);
  if (answer.status === 401 && token) {
    const renewed = await accessToken({ renew: true });
    if (renewed) answer = await send(path, sent, renewed);
    if (answer.status === 401) ended();
  }
  if (!answer.ok) throw await problemOf(answer);
  if (answer.status === 204) return null;
  return answer.json().catch(() => { throw UNREADABLE; });
}

async function send(path, sent, token) {
  const headers = token ? { ...sent.headers, authorization: `Bearer ${token}` } : sent.headers;
  try {
    return await fetch(BASE + path, { ...sent, headers, signal: AbortSignal.timeout(SECONDS * 1000) });
  } catch (cause) {
    throw unanswered(cause);
  }
}

export const api = {
  get: (path) => call("GET", path),
  post: (path, options) => call("POST", path, options),
  patch: (path, options) => call("PATCH", path, options),
  del: (path, options) => call("DELETE", path, options),
};
