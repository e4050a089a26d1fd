import { number, price } from "../format.js";

const WINDOWS = ["hour", "day", "month"];

/** @param limits a plan's, as catalog.json has them; returns what is allowed, in words, largest first. */
export function limitLines(limits) {
  const quotas = WINDOWS.filter((window) => limits?.quota?.[window] != null)
    .reverse()
    .map((window) => `${number(limits.quota[window])} calls ${each(window)}`);
  return limits?.rate ? [...quotas, rateWords(limits.rate)] : quotas.length ? quotas : ["No limit on calls"];
}

export function rateWords({ per_second: perSecond, burst }) {
  const steady = `${number(perSecond)} a second`;
  return burst > perSecond ? `${steady}, up to ${number(burst)} at once` : steady;
}

function each(window) {
  return window === "hour" ? "an hour" : `a ${window}`;
}

/** The heading of a quota window. */
export function windowTitle(window) {
  return { hour: "This hour", day: "Today", month: "This month" }[window] ?? window;
}

/** A plan's price in words: also of one that costs nothing, which may be called Free already, or has none. */
export function priceWords(value) {
  if (value && Number(value.amount) === 0) return "No charge";
  return price(value) || "On request";
}

/** Plans of a product in its own order, each with how it compares with the one in force. */
export function compared(catalog, product, current) {
  const ids = catalog.products[product]?.plans ?? [];
  return ids
    .filter((id) => catalog.plans[id])
    .map((id) => ({ id, ...catalog.plans[id], current: id === current, immediate: catalog.plans[id].approval === "automatic" }));
}
