import { Badge } from "../components/badge.js";
import { Time } from "../components/time.js";
import { html } from "../vendor.js";

/** A request for another plan that waits, for a line; nothing once it is decided. */
export function RequestState({ request, catalog }) {
  if (request.state !== "waiting") return null;
  return html`<${Badge} tone="info" dot>${catalog?.plans[request.to]?.title ?? request.to} requested<//>`;
}

/** Who asked, when and why, and what those who decide said. */
export function RequestStory({ request }) {
  const decided = request.decided && html`, decided <${Time} value=${request.decided} relative />`;
  return html`<div class="request">
    <p>Asked by ${request.asked_by} <${Time} value=${request.asked} relative />${decided}.</p>
    ${request.note && html`<blockquote class="request-note">${request.note}</blockquote>`}
    ${request.reason && html`<p>${request.state === "declined" ? "The reason" : "They said"}: ${request.reason}</p>`}
  </div>`;
}
