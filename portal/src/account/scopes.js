import { useFault } from "../components/form.js";
import { html, useId } from "../vendor.js";

/**
 * Which scopes a key has, of those that are `known`.
 *
 * @param {{known: string[], value: string[]|null, onInput: (value: string[]|null) => void}} props null: all, also those to
 *   come
 */
export function Scopes({ known, value, onInput }) {
  const id = useId();
  const { fault, clear } = useFault("scopes");
  const take = (next) => {
    clear();
    onInput(next);
  };
  const toggle = (scope) => take(value.includes(scope) ? value.filter((each) => each !== scope) : [...value, scope].sort());
  const choice = (title, hint, next) => html`<label class="check">
    <input type="radio" name="scopes" checked=${(value === null) === (next === null)} onChange=${() => take(next)} />
    <span>${title} <span class="quiet">${hint}</span></span>
  </label>`;
  return html`<fieldset class="choice" aria-describedby=${fault ? id : null}>
    <legend>Scopes</legend>
    ${choice("All", "whatever the plan covers, now and later", null)}
    ${choice("Only some", "what this key needs, and no more", known)}
    ${value !== null && html`<div class="checks">
      ${known.map((scope) => html`<label key=${scope} class="check">
        <input type="checkbox" checked=${value.includes(scope)} onChange=${() => toggle(scope)} /> <code>${scope}</code>
      </label>`)}
    </div>`}
    ${value?.length === 0 && html`<p class="field-hint">With none, only operations that ask for no scope are let through.</p>`}
    ${fault && html`<p class="field-error" id=${id}>${fault}</p>`}
  </fieldset>`;
}
