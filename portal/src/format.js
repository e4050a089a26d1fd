/** Numbers, dates and spans as people read them. Dates are UTC, as quotas are. */

const LOCALE = "en-GB";
const UTC = "UTC";
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const day = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: UTC });
const dayLong = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric", timeZone: UTC });
const monthLong = new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", timeZone: UTC });
const clock = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", timeZone: UTC });
const both = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: UTC });
const distance = new Intl.RelativeTimeFormat("en", { numeric: "always" });

const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]];
const SPANS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** `49,500` */
export const number = (value) => whole.format(value);

/** `1 Mar 2027` */
export const date = (value) => written(day, value);

/** `1 March 2027` */
export const longDate = (value) => written(dayLong, value);

/** `March 2027`, also of `2027-03` */
export const month = (value) => written(monthLong, value);

/** `14:05 UTC` */
export const time = (value) => suffixed(clock, value);

/** `1 Mar 2027, 14:05 UTC` */
export const dateTime = (value) => suffixed(both, value);

/** `2 minutes ago`, `in 3 days`, to the nearest; within a minute `just now` or `in less than a minute`. */
export function relative(value, now = Date.now()) {
  const seconds = (new Date(value).getTime() - now) / 1000;
  if (Number.isNaN(seconds)) return "";
  const [unit, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? [];
  if (!unit) return seconds > 0 ? "in less than a minute" : "just now";
  return distance.format(Math.round(seconds / size), unit);
}

/** `2 hours 5 minutes`: the two largest units of a number of seconds. */
export function duration(seconds) {
  const parts = [];
  let rest = Math.max(0, Math.round(seconds));
  for (const [unit, size] of SPANS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${number(count)} ${plural(count, unit)}`);
  }
  return parts.slice(0, 2).join(" ") || "0 seconds";
}

/** `1 call`, `2 calls` → the word alone; `many` where it is not `one` with an s */
export const plural = (count, one, many = `${one}s`) => (count === 1 ? one : many);

/** `€190` of an amount and a currency's code */
export function money(amount, currency) {
  const digits = Number.isInteger(Number(amount)) ? 0 : 2;
  return new Intl.NumberFormat(LOCALE, { style: "currency", currency, maximumFractionDigits: digits }).format(amount);
}

function written(format, value) {
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? "" : format.format(at);
}

const suffixed = (format, value) => written(format, value) && `${written(format, value)} UTC`;
