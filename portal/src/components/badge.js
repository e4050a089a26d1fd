import { html } from "../vendor.js";

/** @param {{tone?: "ok"|"info"|"warn"|"bad"|"neutral", dot?: boolean}} props */
export function Badge({ tone = "neutral", dot = false, children, ...rest }) {
  return html`<span class=${`badge badge-${tone}${dot ? " badge-dot" : ""}`} ...${rest}>${children}</span>`;
}
