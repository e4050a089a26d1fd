import { date, dateTime, relative as distance } from "../format.js";
import { html } from "../vendor.js";

/**
 * A moment: as a date, with `clock` to the minute, with `relative` from now.
 *
 * @param {{value: string, clock?: boolean, relative?: boolean}} props
 */
export function Time({ value, clock = false, relative: ago = false }) {
  if (!value) return null;
  return html`<time datetime=${value} title=${ago ? dateTime(value) : null}>${ago ? distance(value) : clock ? dateTime(value) : date(value)}</time>`;
}
