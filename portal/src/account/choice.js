import { Badge } from "../components/badge.js";
import { limitLines, priceWords, startWords } from "../limits.js";
import { html, useId } from "../vendor.js";

/** One plan of several, by radio buttons. */
export function Choice({ legend, name, plans, value, onInput, error }) {
  const id = useId();
  return html`<fieldset class="choice" aria-describedby=${error ? id : null}>
    <legend>${legend}</legend>
    <div class="choice-plans">
      ${plans.map((plan) => html`<label key=${plan.id} class="choice-plan">
        <input type="radio" name=${name} value=${plan.id} checked=${plan.id === value} onChange=${() => onInput(plan.id)} />
        <span class="choice-text">
          <span class="choice-title">${plan.title} <span class="choice-price">${priceWords(plan.price)}</span></span>
          <span class="quiet">${limitLines(plan.limits).join(", ")}</span>
        </span>
        ${!plan.immediate && html`<${Badge} tone="neutral">${startWords(plan)}<//>`}
      </label>`)}
    </div>
    ${error && html`<p class="field-error" id=${id}>${error}</p>`}
  </fieldset>`;
}
