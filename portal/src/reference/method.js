/** A method as a word of its own colour. */

import { lookup } from "../lookup.js";
import { html } from "../vendor.js";

const TONES = { get: "read", head: "read", options: "read", trace: "read", delete: "delete" };

export function Method({ method }) {
  const name = method.toLowerCase();
  return html`<span class=${`method method-${lookup(TONES, name) ?? "write"}`}>${name.toUpperCase()}</span>`;
}
