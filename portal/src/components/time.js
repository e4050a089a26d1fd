import { date, dateTime, relative as distance, time } from "../format.js";
import { html, signal } from "../vendor.js";

const DAY = 86_400_000;
const now = signal(Date.now());
setInterval(() => { now.value = Date.now(); }, 30_000);

/**
 * A moment: as a date, with `clock` to the minute, with `relative` from now and kept so; with both `2 hours ago, 14:05 UTC`,
 * and as a date once it is a day away.
 *
 * @param {{value: string, clock?: boolean, relative?: boolean}} props
 */
export function Time({ value, clock = false, relative = false }) {
  if (!value) return null;
  return html`<time datetime=${value} title=${relative ? dateTime(value) : null}>${worded(value, clock, relative)}</time>`;
}

function worded(value, clock, relative) {
  if (!relative) return clock ? dateTime(value) : date(value);
  if (!clock) return distance(value, now.value);
  return Math.abs(new Date(value) - now.value) < DAY ? `${distance(value, now.value)}, ${time(value)}` : dateTime(value);
}
