import { date, month } from "../format.js";

const KEPT = 13;

/**
 * Months that usage is kept for, this one first, none before `since`: `[{value: "2026-11", label: "November 2026"}]`.
 *
 * @param {string|null} since a moment; null where nobody knows
 */
export function months(since = null, now = new Date()) {
  const all = Array.from({ length: KEPT }, (_, back) => {
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    return { value: first.toISOString().slice(0, 7), label: month(first) };
  });
  return all.filter(({ value }, at) => !at || !since || value >= since.slice(0, 7));
}

/** This month, and this day, as the API names them. */
export const thisMonth = (now = new Date()) => now.toISOString().slice(0, 7);
export const today = (now = new Date()) => now.toISOString().slice(0, 10);

/** What can be chosen: today, each month, and the period that is shown. */
export function periods(since, shown, now = new Date()) {
  const all = [{ value: today(now), label: "Today, by hour" }, ...months(since, now)];
  if (all.some(({ value }) => value === shown)) return all;
  return [...all, { value: shown, label: shown.length > 7 ? date(shown) : month(shown) }];
}

/** Whether a text from the address is a period that the API knows. */
export function period(text, now = new Date()) {
  if (!/^\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$/.test(text ?? "")) return null;
  return text <= now.toISOString().slice(0, text.length) ? text : null;
}

/** What a point is called: a day of a month, or an hour of a day. */
export function pointName(time) {
  if (time.length > 10) return `${time.slice(11, 13)}:00`;
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  return day.format(new Date(`${time}T00:00:00Z`));
}
