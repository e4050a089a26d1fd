import { limitLines, priceWords, startWords } from "../limits.js";
import { html } from "../vendor.js";
import { Icon } from "./icons.js";
import { Nodes } from "./nodes.js";

/** What a plan offers: its name, price, limits and support, and how it starts. */
export function Offer({ plan }) {
  return html`<div class="offer-text">
    <h3 class="offer-title">${plan.title}</h3>
    <p class="offer-price">${priceWords(plan.price)}</p>
    <div class="offer-about"><${Nodes} nodes=${plan.description} /></div>
    <ul class="offer-limits">
      ${limitLines(plan.limits).map((line) => html`<li key=${line}><${Icon} name="check" /> ${line}</li>`)}
      ${plan.support && html`<li><${Icon} name="check" /> ${plan.support}</li>`}
    </ul>
    <p class="offer-how">Starts ${startWords(plan).toLowerCase()}</p>
  </div>`;
}

/** Plans side by side. */
export function Plans({ plans }) {
  return html`<ul class="offers">${plans.map((plan) => html`<li key=${plan.id} class="offer"><${Offer} plan=${plan} /></li>`)}</ul>`;
}
