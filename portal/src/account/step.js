import { Icon } from "../components/icons.js";
import { html } from "../vendor.js";

/** One step of several on a page; `state`: done, now or later. */
export function Step({ at, title, state, result, children }) {
  return html`<li class=${`step step-${state}`} aria-current=${state === "now" ? "step" : null}>
    <span class="step-at" aria-hidden="true">${state === "done" ? html`<${Icon} name="check" />` : at}</span>
    <div class="step-body">
      <h2 class="step-title">${title}${state === "done" && html`<span class="visually-hidden"> (done)</span>`}</h2>
      ${result && html`<p class="step-result">${result}</p>`}
      ${children}
    </div>
  </li>`;
}
