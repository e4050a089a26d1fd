/** What plans allow, cost and need to start, in words. */

import { duration, money, number } from "./format.js";

const WINDOWS = ["month", "day", "hour"];

/** `["10,000 calls a month", "450 calls an hour"]` */
function quotaLines(limits) {
  const stated = WINDOWS.filter((window) => limits?.quota?.[window] != null);
  return stated.map((window) => `${number(limits.quota[window])} calls ${window === "hour" ? "an" : "a"} ${window}`);
}

/** `5 a second, up to 10 at once`, also `1 in 50 seconds` */
export function rateWords({ per_second: pace, burst }) {
  const steady = pace >= 1 || !pace ? `${number(pace)} a second` : `1 in ${duration(1 / pace)}`;
  return burst > Math.max(1, pace) ? `${steady}, up to ${number(burst)} at once` : steady;
}

/** All that a plan's limits allow, the largest window first. */
export function limitLines(limits) {
  const lines = [...quotaLines(limits), ...(limits?.rate ? [rateWords(limits.rate)] : [])];
  return lines.length ? lines : ["No limit on calls"];
}

/** `€190 a month`; `On request` of a plan that states no price */
export const priceWords = (price) => (price ? `${money(price.amount, price.currency)} a ${price.per}` : "On request");

/** Whether a plan is in force as soon as it is chosen. */
export const immediate = (plan) => plan.approval === "automatic";

export const startWords = (plan) => (immediate(plan) ? "At once" : "After approval");
