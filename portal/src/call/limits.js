/** What is left of the caller's limits, from the answer's `RateLimit` and `RateLimit-Policy` fields. */

import { lookup } from "../lookup.js";

const ITEM = /"((?:[^"\\]|\\.)*)"((?:\s*;\s*[a-z]+=\d+)*)/g;

function items(field) {
  return [...(field ?? "").matchAll(ITEM)].map(([, name, rest]) => (
    { name, ...Object.fromEntries([...rest.matchAll(/([a-z]+)=(\d+)/g)].map(([, key, value]) => [key, Number(value)])) }));
}

/**
 * @param {Headers} headers
 * @returns {{name: string, left: number, resets: number, of: number|null}[]} `resets`: seconds until there are more
 */
export function limitsLeft(headers) {
  const policies = new Map(items(headers.get("ratelimit-policy")).map((each) => [each.name, each.q]));
  return items(headers.get("ratelimit")).filter(({ r }) => r !== undefined).map(({ name, r, t = 0 }) => (
    { name, left: r, resets: t, of: policies.get(name) ?? null }));
}

const PERIODS = { hour: "this hour", day: "today", month: "this month", burst: "at once" };

/** "438 of 450 left this hour". */
export function leftWords({ name, left, of }, number = String) {
  return `${number(left)}${of === null ? "" : ` of ${number(of)}`} left ${lookup(PERIODS, name) ?? name}`;
}
