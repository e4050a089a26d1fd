/** A method as a word of its own colour. */

import { html } from "../vendor.js";

const TONES = { get: "read", head: "read", options: "read", trace: "read", delete: "delete" };

export function Method({ method }) {
  const name = method.toLowerCase();
  return html`<span class=${`method method-${TONES[name] ?? "write"}`}>${name.toUpperCase()}</span>`;
}
