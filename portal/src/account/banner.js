import { Icon } from "../components/icons.js";
import { html } from "../vendor.js";

/** A message that belongs to the page, such as an end in sight; `tone`: info, warn, bad or ok; `role`: alert where it comes up. */
export function Banner({ tone = "info", role = tone === "bad" ? "alert" : "note", title, children, action }) {
  return html`<div class=${`banner banner-${tone}`} role=${role}>
    <${Icon} name=${{ info: "info", ok: "check", warn: "warning", bad: "warning" }[tone]} />
    <div class="banner-text"><strong>${title}</strong> ${children}</div>
    ${action && html`<div class="banner-action">${action}</div>`}
  </div>`;
}
