import { longDate, number, time } from "../format.js";

const LENGTHS = { hour: 3_600_000, day: 86_400_000 };
const LEAST_SHARE = 0.1;
const LEAST_USED = 20;

/**
 * What a quota window comes to, in words; the verdict belongs in bold behind the text.
 *
 * @param {{window: string, limit: number, used: number, resets: string}} window
 * @param {{window: string, projected: number, limit: number, by: string} | null} forecast of the same subscription: the
 *   limit that is reached first, and when; null where none is
 * @returns {{tone: "ok"|"warn"|"bad", text: string, verdict: string}}
 */
export function forecastWords(window, forecast, now = Date.now()) {
  if (window.used >= window.limit) return { tone: "bad", text: "Used up: calls are refused until the reset.", verdict: "" };
  if (forecast?.window === window.window) {
    const text = `At this pace the ${number(window.limit)} calls are used up by ${moment(forecast.by, now)}:`;
    return { tone: "warn", text, verdict: "more than your plan allows" };
  }
  const reached = projected(window, now);
  if (reached === null || reached > window.limit) return { tone: "ok", text: `${number(window.limit - window.used)} left.`, verdict: "" };
  return { tone: "ok", text: `At this pace you reach ${number(reached)} by ${end(window, now)}:`, verdict: "within your plan" };
}

/** What is used at a window's end at its pace so far; null while too little of it is over to say. */
export function projected({ window, used, resets }, now) {
  const ends = Date.parse(resets);
  const start = window === "month" ? monthBefore(ends) : ends - LENGTHS[window];
  const share = (now - start) / (ends - start);
  return used < LEAST_USED || share < LEAST_SHARE || share > 1 ? null : Math.floor(used / share);
}

function monthBefore(ends) {
  const last = new Date(ends - 1);
  return Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), 1);
}

/** The last day of a month, or the hour at which a shorter window ends. */
function end({ window, resets }, now) {
  return window === "month" ? longDate(Date.parse(resets) - 1).replace(/ \d+$/, "") : moment(resets, now);
}

function moment(iso, now) {
  return Date.parse(iso) - now < LENGTHS.day ? time(iso) : longDate(iso).replace(/ \d+$/, "");
}

/** The windows of a usage answer that are used up at the moment, with their subscription. */
export function exhausted(usage) {
  return usage.subscriptions.flatMap((subscription) =>
    subscription.windows.filter((window) => window.used >= window.limit).map((window) => ({ subscription, window })),
  );
}

/** A forecast for a line: when a quota is used up; "" where it is not going to be. */
export function warning(window, forecast, now = Date.now()) {
  if (window.used >= window.limit) return "Used up: calls are refused.";
  return forecast?.window === window.window ? `Used up by ${moment(forecast.by, now)} at this pace.` : "";
}

/** The window to show where there is room for one, with its subscription: the fullest; null where there is none. */
export function fullest(subscriptions) {
  const all = subscriptions.flatMap((subscription) => subscription.windows.map((window) => ({ subscription, window })));
  return all.sort((a, b) => share(b) - share(a))[0] ?? null;
}

const share = ({ window }) => window.used / window.limit;
