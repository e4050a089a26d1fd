import { Badge } from "../components/badge.js";
import { Time } from "../components/time.js";
import { load } from "../content.js";
import { html } from "../vendor.js";

/** A request for another plan that waits, for a line; nothing once it is decided. */
export function RequestState({ request, catalog }) {
  if (request.state !== "waiting") return null;
  return html`<${Badge} tone="info" dot>${catalog?.plans[request.to]?.title ?? request.to} requested<//>`;
}

/** Who asked, when and why, and what those who decide said. */
export function RequestStory({ request }) {
  const decided = request.decided && html`, decided <${Time} value=${request.decided} relative clock />`;
  return html`<div class="request">
    <p>Asked by ${request.asked_by} <${Time} value=${request.asked} relative clock />${decided}.</p>
    ${request.note && html`<blockquote class="request-note">${request.note}</blockquote>`}
    ${request.reason && html`<p>The platform’s team: ${request.reason}</p>`}
    ${request.state === "waiting" && html`<${UpgradeText} />`}
  </div>`;
}

/** What the platform's team says about asking for a larger plan (`texts.upgrade` of portal.yaml). */
export function UpgradeText() {
  const text = load("/content/catalog.json").value.value?.portal.texts.upgrade;
  return text && html`<p>${text}</p>`;
}
