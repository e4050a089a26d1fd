import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Offer } from "../components/plans.js";
import { html } from "../vendor.js";
import { compared } from "./limits.js";

/**
 * Plans of a product side by side.
 *
 * @param {{catalog: object, product: string, current: string|null, waiting: string|null,
 *   choose: ((plan: object) => void)|null}} props `choose` is null where the person may not
 */
export function Compare({ catalog, product, current, waiting, choose }) {
  return html`<ul class="offers">
    ${compared(catalog, product, current).map((plan) => html`<li key=${plan.id} class=${plan.current ? "offer offer-current" : "offer"}>
      <${Offer} plan=${plan} />
      <div class="offer-action">
        ${plan.current && html`<${Badge} tone="ok" dot>Your plan<//>`}
        ${plan.id === waiting && html`<${Badge} tone="info" dot>Requested<//>`}
        ${!plan.current && plan.id !== waiting && choose && html`<${Button} kind=${plan.immediate && !current ? "primary" : "secondary"} onClick=${() => choose(plan)}>${plan.immediate ? `Choose ${plan.title}` : `Request ${plan.title}`}<//>`}
      </div>
    </li>`)}
  </ul>`;
}
