import { number } from "../format.js";
import { html } from "../vendor.js";
import { Badge } from "./badge.js";
import { LifecycleBadge } from "./lifecycle.js";

/** An API version as the catalogue shows it: all of the card leads to the API's page. */
export function ApiCard({ category, version, plans }) {
  const { id, title, summary, state, lifecycle, operations, grade } = version;
  const [name, number_] = id.split("/");
  return html`<article class="card api-card">
    <div class="api-card-top">
      <span class="api-card-category">${category}</span>
      <${LifecycleBadge} state=${state} lifecycle=${lifecycle} />
    </div>
    <h3 class="api-card-title"><a href=${`/apis/${name}`}>${title}</a> <span class="api-card-version">${number_}</span></h3>
    ${summary && html`<p class="api-card-summary">${summary}</p>`}
    ${state !== "retired" && html`<ul class="api-card-plans" aria-label="Plans">
        ${version.plans.map((plan) => html`<li key=${plan}><${Badge}>${plans[plan]?.title ?? plan}<//></li>`)}
      </ul>
      <dl class="facts-line">
        <div><dt>Operations</dt><dd>${number(operations)}</dd></div>
        ${grade && html`<div><dt>Quality</dt><dd><${Grade} grade=${grade} /></dd></div>`}
        <div><dt>Accepts</dt><dd>${accepted(version.accepts)}</dd></div>
      </dl>`}
  </article>`;
}

const ACCEPTED = { key: "API key", token: "Token", either: "Key or token", both: "Key and token" };

export const accepted = (accepts) => ACCEPTED[accepts] ?? accepts;

const TONES = { A: "ok", B: "ok", C: "warn", D: "warn", E: "bad", F: "bad" };

export function Grade({ grade }) {
  const tone = TONES[grade.grade] ?? "neutral";
  return html`<span class=${`grade grade-${tone}`}>${grade.grade}<span class="grade-score">${number(grade.score)}</span></span>`;
}
