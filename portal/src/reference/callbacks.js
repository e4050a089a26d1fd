/** Calls that the API makes to the caller. */

import { html } from "../vendor.js";
import { operationWords } from "./find.js";
import { Method } from "./method.js";
import { Fold } from "./opening.js";

/** @param {{callbacks: Record<string, {expression: string, operation: any}[]>, schemas: any, describe: (operation: any) => any}} props */
export function Callbacks({ callbacks, schemas, describe }) {
  return Object.entries(callbacks).map(([name, calls]) => html`<div key=${name}>
    ${calls.map(({ expression, operation }) => html`<${Fold} kind="fold-row" words=${() => `${expression} ${operationWords(operation, schemas)}`}
      summary=${html`<code class="row-name">${name}</code> <${Method} method=${operation.method ?? "post"} /> <code class="path">${expression}</code>`}>
      ${() => describe(operation)}
    <//>`)}
  </div>`);
}
