import { month } from "../format.js";

/** Months that usage is kept for, this one first: `[{value: "2026-11", label: "November 2026"}]`. */
export function months(now = new Date(), count = 13) {
  return Array.from({ length: count }, (_, back) => {
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    return { value: first.toISOString().slice(0, 7), label: month(first) };
  });
}

/** This day, as the API names it. */
export const today = (now = new Date()) => now.toISOString().slice(0, 10);

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
