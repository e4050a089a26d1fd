/** An entry of the try-it form with its name, its hint and its fault. */

import { html, useId } from "../vendor.js";

/**
 * @param {{name: string, code?: boolean, required?: boolean, hint?: any, fault?: string, control: (attributes: object) => any}} props
 *   `control` makes the input from the attributes that tie it to its label
 */
export function Entry({ name, required, hint, fault, wide, control }) {
  const id = useId();
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(" ");
  const attributes = {
    id, "aria-describedby": described || undefined, "aria-invalid": fault ? "true" : undefined, "aria-required": required ? "true" : undefined,
  };
  return html`<div class=${`entry${wide ? " entry-wide" : ""}`}>
    <label for=${id}>${name}${required && html` <span class="mark mark-required">required</span>`}</label>
    ${control(attributes)}
    ${hint && html`<p class="entry-hint" id=${`${id}-hint`}>${hint}</p>`}
    ${fault && html`<p class="entry-fault" id=${`${id}-fault`}>${fault}</p>`}
  </div>`;
}

/** A text, a number or a choice, as the schema has it. */
export function control({ value, onInput, kind, options, placeholder }) {
  const change = (event) => onInput(event.currentTarget.value);
  if (options) {
    return (attributes) => html`<select ...${attributes} value=${value} onChange=${change}>
      <option value="">${placeholder ?? "any"}</option>
      ${options.map((each) => html`<option key=${each} value=${each} selected=${each === value}>${each}</option>`)}
    </select>`;
  }
  if (kind === "text") {
    return (attributes) => html`<input ...${attributes} type="text" autocomplete="off" autocapitalize="off" spellcheck=${false} placeholder=${placeholder} value=${value} onInput=${change} />`;
  }
  return (attributes) => html`<textarea ...${attributes} rows=${kind === "body" ? Math.min(16, Math.max(4, value.split("\n").length)) : 2} spellcheck=${false} placeholder=${placeholder} onInput=${change} value=${value}></textarea>`;
}

/** A file, or several. */
export const fileControl = ({ several, onFiles }) => (attributes) =>
  html`<input ...${attributes} type="file" multiple=${several} onChange=${(event) => onFiles([...event.currentTarget.files])} />`;
