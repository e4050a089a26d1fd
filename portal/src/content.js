/** The static content: fetched once a path, and kept. */

import { isJson } from "./http.js";
import { Problem, unanswered } from "./problem.js";
import { signal } from "./vendor.js";

const held = new Map();

/** What a bucket and the server of a preview answer for what is not there. */
const MISSING = [403, 404];

/**
 * What is at a path, as a signal of `{state: "loading"|"ready"|"error", value, error, retry}`.
 *
 * @param {string} path such as `/content/catalog.json`
 */
export function load(path) {
  if (!held.has(path)) {
    const retry = () => {
      resource.value = { state: "loading", value: null, error: null, retry };
      fetched(path).then(
        (value) => { resource.value = { state: "ready", value, error: null, retry }; },
        (error) => { resource.value = { state: "error", value: null, error, retry }; },
      );
    };
    const resource = signal({ state: "loading", value: null, error: null, retry });
    held.set(path, resource);
    retry();
  }
  return held.get(path);
}

async function fetched(path) {
  const answer = await fetch(path).catch((cause) => { throw unanswered(cause); });
  if (answer.ok && isJson(answer.headers.get("content-type"))) return answer.json();
  if (answer.ok || MISSING.includes(answer.status)) {
    throw new Problem({ status: 404, code: "not_found", detail: "There is nothing at this address." });
  }
  throw new Problem({ status: answer.status, code: "failed", detail: "The page could not be loaded.", next: "Try again in a minute." });
}
