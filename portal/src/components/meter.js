import { number } from "../format.js";
import { html, useId } from "../vendor.js";

const NEAR = 0.8;

/** How full: by default ok, from four fifths on a warning, full is bad. */
export function toneOf(value, max) {
  const share = max ? value / max : 0;
  return share >= 1 ? "bad" : share >= NEAR ? "warn" : "ok";
}

/**
 * @param {{label: any, value: number, max: number, tone?: string, text?: any, note?: any}} props `text` in place of
 *   "49,500 of 100,000"; `note` stands below
 */
export function Meter({ label, value, max, tone = toneOf(value, max), text, note }) {
  const id = useId();
  const share = Math.max(0, Math.min(1, max ? value / max : 0)) * 100;
  const said = {
    "aria-valuemin": 0,
    "aria-valuemax": max,
    "aria-valuenow": Math.min(value, max),
    "aria-valuetext": `${number(value)} of ${number(max)}`,
  };
  return html`<div class="meter">
    <div class="meter-line">
      <span class="meter-label" id=${id}>${label}</span>
      <span>${text ?? html`<strong>${number(value)}</strong> of ${number(max)}`}</span>
    </div>
    <svg class=${`meter-bar meter-${tone}`} width="100%" height="8" role="meter" aria-labelledby=${id} ...${said}>
      <rect class="meter-ground" width="100%" height="8" rx="4" />
      ${share > 0 && html`<rect class="meter-fill" width=${`${Math.max(share, 1)}%`} height="8" rx="4" />`}
    </svg>
    ${note && html`<p class="meter-note">${note}</p>`}
  </div>`;
}
