import { html, useId } from "../vendor.js";
import { useFault } from "./form.js";

export { Form } from "./form.js";

/**
 * What all fields share: label, hint and fault, tied to the control. `compact`: the label is for screen readers alone;
 * `optional`: it may stay empty, and says so.
 */
function Frame({ id, label, hint, error, compact, optional, children }) {
  return html`<div class=${`field${error ? " is-wrong" : ""}`}>
    <label class=${compact ? "visually-hidden" : "field-label"} for=${id}>${label}${optional && html`<span class="field-optional"> (optional)</span>`}</label>
    ${hint && html`<p class="field-hint" id=${`${id}-hint`}>${hint}</p>`}
    ${children}
    ${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

function useControl({ name, id, hint, error, onInput }) {
  const own = useId();
  const { fault, clear } = useFault(name);
  const base = id ?? own;
  const wrong = error || fault;
  const said = [hint && `${base}-hint`, wrong && `${base}-error`].filter(Boolean).join(" ");
  return {
    wrong,
    frame: { id: base, hint, error: wrong },
    control: { id: base, name, "aria-invalid": wrong ? "true" : null, "aria-describedby": said || null },
    take: (event) => {
      clear();
      onInput?.(event.currentTarget.value);
    },
  };
}

/**
 * A line of text. `onInput` gets the value. What is wrong comes from `error`, else from the form around it by `name`.
 *
 * @param {{label: any, name: string, value: string, onInput: (value: string) => void, hint?: any, error?: string, type?: string,
 *   required?: boolean, compact?: boolean, most?: number}} props `most`: characters; all else goes to the input
 */
export function Field({ label, hint, error, value, onInput, type = "text", required, compact, most, name, id, ...rest }) {
  const { frame, control, take } = useControl({ name, id, hint, error, onInput });
  return html`<${Frame} ...${frame} label=${label} compact=${compact} optional=${!required}>
    <input class="input" type=${type} value=${value ?? ""} required=${required} data-most=${most} ...${control} ...${rest} onInput=${take} />
  <//>`;
}

/** @param {{options: {value: string, label: string, disabled?: boolean}[]}} props beside those of Field */
export function Select({ label, hint, error, value, onInput, options, required, compact, name, id, ...rest }) {
  const { frame, control, take } = useControl({ name, id, hint, error, onInput });
  return html`<${Frame} ...${frame} label=${label} compact=${compact}>
    <select class="input" value=${value} required=${required} ...${control} ...${rest} onChange=${take}>
      ${options.map((each) => html`<option key=${each.value} value=${each.value} disabled=${each.disabled} selected=${each.value === value}>
        ${each.label}
      </option>`)}
    </select>
  <//>`;
}

/** Several lines of text. */
export function Textarea({ label, hint, error, value, onInput, required, compact, most, name, id, rows = 4, ...rest }) {
  const { frame, control, take } = useControl({ name, id, hint, error, onInput });
  return html`<${Frame} ...${frame} label=${label} compact=${compact} optional=${!required}>
    <textarea class="input" rows=${rows} value=${value ?? ""} required=${required} data-most=${most} ...${control} ...${rest} onInput=${take} />
  <//>`;
}
