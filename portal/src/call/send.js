/**
 * Sends a request from the browser and reads the answer.
 *
 * @typedef {{kind: "empty"|"json"|"text"|"bytes", text?: string, cut?: boolean, bytes: Uint8Array, type: string, problem: Told|null}} Content
 *   `text`: as much as a page shows, `cut` where there is more
 * @typedef {{title?: string, detail?: string, next?: string}} Told
 * @typedef {{status: number, text: string, ms: number, headers: [string, string][], requestId: string|null, limits: any[], content: Content}} Answer
 * @typedef {{failed: "timeout"|"aborted"|"network"|"refused", text: string, next: string}} Failure
 */

import { byteString, isAscii, isJson } from "../http.js";
import { limitsLeft } from "./limits.js";

const TIMEOUT = 30_000;
const SHOWN = 100_000;
const DEEPEST = 50;

/** Headers that a browser sets itself and lets no page set. */
const FORBIDDEN = /^(accept-(charset|encoding)|access-control-request-.*|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|set-cookie|te|trailer|transfer-encoding|upgrade|user-agent|via|proxy-.*|sec-.*)$/i;

export const isForbidden = (name) => FORBIDDEN.test(name);

const FAILURES = {
  timeout: ["No answer within 30 seconds.", "Send it again; if it stays so, copy the sample and try from your own machine."],
  aborted: ["You stopped the call.", "It may have reached the API all the same."],
  network: ["The call did not get through.", "Check your connection, then send it again."],
  refused: ["The browser refused to send this.", "Look at the headers: one holds signs that are not allowed there."],
};

const failure = (failed) => ({ failed, text: FAILURES[failed][0], next: FAILURES[failed][1] });

/** @returns {BodyInit|null} */
function payload(body) {
  if (!body) return null;
  if (body.kind === "file") return body.file ?? null;
  if (body.kind !== "parts") return body.text;
  const form = new FormData();
  for (const { name, text, type, filename, file } of body.parts) {
    if (filename !== undefined) form.append(name, file ?? new Blob([]), filename);
    else form.append(name, type ? new Blob([text], { type }) : text);
  }
  return form;
}

/**
 * @param {import("../samples/request.js").Request} request with the credential's text in its headers
 * @param {{signal?: AbortSignal, fetch?: typeof globalThis.fetch, now?: () => number, timeout?: number}} options
 * @returns {Promise<Answer | Failure>} never throws
 */
export async function send(request, { signal, fetch = globalThis.fetch, now = () => performance.now(), timeout = TIMEOUT } = {}) {
  const limit = AbortSignal.timeout(timeout);
  const started = now();
  let headers, response, bytes;
  try {
    headers = new Headers(request.headers.filter(([name]) => !isForbidden(name)).map(([name, value]) => [name, isAscii(value) ? value : byteString(value)]));
  } catch {
    return failure("refused");
  }
  try {
    response = await fetch(request.url, {
      method: request.method, headers, body: payload(request.body), credentials: "omit", cache: "no-store", redirect: "manual",
      referrerPolicy: "no-referrer", signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch {
    return failure(limit.aborted ? "timeout" : signal?.aborted ? "aborted" : "network");
  }
  return answer(response, bytes, Math.round(now() - started));
}

function answer(response, bytes, ms) {
  const redirected = response.type === "opaqueredirect";
  return {
    status: redirected ? 302 : response.status, text: redirected ? "Redirect, not followed" : response.statusText, ms,
    headers: [...response.headers], requestId: response.headers.get("x-request-id") ?? response.headers.get("apigw-requestid"),
    limits: limitsLeft(response.headers), content: contentOf(response.headers.get("content-type") ?? "", bytes),
  };
}

const TEXTUAL = /^text\/|[/+](xml|json|yaml|javascript|x-www-form-urlencoded)\b|x-ndjson/i;

/** @returns {Content} */
export function contentOf(type, bytes) {
  if (!bytes.length) return { kind: "empty", bytes, type, problem: null };
  const text = decoded(bytes);
  if (text === null || (type && !isJson(type) && !TEXTUAL.test(type))) return { kind: "bytes", bytes, type, problem: null };
  const value = parsed(text);
  const shown = value === undefined ? text : laidOut(text, SHOWN);
  const content = { kind: value === undefined ? "text" : "json", text: shown.slice(0, SHOWN), cut: shown.length > SHOWN, bytes, type };
  return { ...content, problem: /problem\+json/i.test(type) && value ? told(value) : null };
}

/** What a problem says, as far as it is text. */
const told = (problem) => Object.fromEntries(["title", "detail", "next"].filter((key) => typeof problem[key] === "string").map((key) => [key, problem[key]]));

function decoded(bytes) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|[^\s"{}[\],:]+/g;

/** JSON with line breaks, every digit kept: as much of it as has `most` characters, or a little more. */
export function laidOut(text, most = Infinity) {
  let depth = 0;
  let out = "";
  const broken = (change) => {
    depth += change;
    return `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;
  };
  for (const [token] of text.matchAll(TOKEN)) {
    if (out.length > most) break;
    if (token === "{" || token === "[") out += token + broken(1);
    else if (token === "}" || token === "]") out += broken(-1) + token;
    else if (token === ",") out += token + broken(0);
    else if (token === ":") out += ": ";
    else out += /^[{[]/.test(token) ? token.replace(/\s/g, "") : token;
  }
  return out;
}
