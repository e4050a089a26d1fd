/** One operation: what it does, what it takes and what it answers; beside it samples and try-it. */

import { Nodes } from "../components/nodes.js";
import { html } from "../vendor.js";
import { Panel } from "../try/panel.js";
import { Callbacks } from "./callbacks.js";
import { Content } from "./content.js";
import { External } from "./facts.js";
import { operationWords } from "./find.js";
import { Method } from "./method.js";
import { Near } from "./near.js";
import { Fold, useOpening } from "./opening.js";
import { Parameters } from "./parameters.js";
import { Responses } from "./responses.js";
import { Security } from "./security.js";

/**
 * @param {{operation: any, schemas: any, api: any, level: 2|3, folded: boolean, wanted: boolean}} props
 *   `api`: `{id, accepts, schemes, trying}`; `folded`: it opens by hand; `wanted`: the address names it
 */
export function Operation({ operation, schemas, api, level, folded, wanted }) {
  const [open, setOpen] = useOpening(!folded || wanted);
  const line = operation.summary || operation.id;
  const Heading = `h${level}`;
  const title = html`<span class=${operation.deprecated ? "is-deprecated" : ""}>${line}</span>`;
  const head = html`
    <${Heading} class="operation-title">${folded
      ? html`<button type="button" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>${title}</button>`
      : html`${title}<a class="anchor" href=${`#${encodeURIComponent(operation.id)}`} aria-label=${`Link to ${line}`}>#</a>`}</${Heading}>
    <p class="operation-line"><${Method} method=${operation.method} /> <code class="path">${breakable(operation.path)}</code></p>`;
  return html`<section class=${`operation${folded ? " operation-folded" : ""}`} id=${operation.id} aria-label=${line}>
    ${folded && head}
    ${open
      ? html`<div class="operation-columns">
          <div class="operation-text">
            ${!folded && head}
            <${Description} operation=${operation} schemas=${schemas} schemes=${api.schemes} level=${level + 1} />
          </div>
          ${!operation.webhook && html`<${Near} class="operation-panel">${() => html`<${Panel} operation=${operation} schemas=${schemas} api=${api} />`}<//>`}
        </div>`
      : html`<div hidden="until-found" class="fold-words" onbeforematch=${() => setOpen(true)}>${operationWords(operation, schemas)}</div>`}
  </section>`;
}

/** A path with places where a line may break. */
function breakable(path) {
  return path.split(/(?=\/)/).map((part) => html`<wbr />${part.split(/(\{[^}]*\})/).map((piece) => (piece.startsWith("{") ? html`<span class="path-parameter">${piece}</span>` : piece))}`);
}

function Part({ title, level, children }) {
  const Heading = `h${Math.min(level, 6)}`;
  return html`<div class="part"><${Heading} class="part-title">${title}</${Heading}>${children}</div>`;
}

/** The text of an operation, of a callback's too. */
function Description({ operation, schemas, schemes, level }) {
  const body = operation.request_body;
  const parameters = operation.parameters ?? [];
  const servers = (operation.servers ?? []).filter(({ url }) => !/^\/[^/]+\/[^/]+$/.test(url));
  return html`
    ${operation.deprecated && html`<p class="notice">Deprecated: it still works, but do not build on it.</p>`}
    ${operation.description && html`<${Nodes} nodes=${operation.description} lower=${level - 2} />`}
    <${External} docs=${operation.external_docs ?? operation.externalDocs} />
    ${operation.security && html`<${Security} operation=${operation} schemes=${schemes} />`}
    <${Weight} operation=${operation} />
    ${parameters.length > 0 && html`<${Part} title="Parameters" level=${level}><${Parameters} parameters=${parameters} schemas=${schemas} /><//>`}
    ${body && html`<${Part} title=${body.required ? html`Request body <span class="mark mark-required">required</span>` : "Request body"} level=${level}>
      ${body.description && html`<${Nodes} nodes=${body.description} />`}
      <${Content} content=${body.content ?? {}} schemas=${schemas} />
    <//>`}
    ${Object.keys(operation.responses ?? {}).length > 0 && html`<${Part} title="Responses" level=${level}><${Responses} responses=${operation.responses} schemas=${schemas} /><//>`}
    ${Object.keys(operation.callbacks ?? {}).length > 0 && html`<${Part} title="Callbacks" level=${level}>
      <${Callbacks} callbacks=${operation.callbacks} schemas=${schemas} describe=${(inner) => html`
        ${inner.summary && html`<p>${inner.summary}</p>`}
        <${Description} operation=${{ ...inner, security: undefined }} schemas=${schemas} schemes=${schemes} level=${level + 1} />`} />
    <//>`}
    ${servers.length > 0 && html`<${Servers} servers=${operation.servers} />`}`;
}

function Weight({ operation }) {
  const { cost, scopes } = operation;
  const known = JSON.stringify(operation.security ?? []);
  const sets = (scopes ?? []).filter((each) => each.some((scope) => !known.includes(JSON.stringify(scope))));
  const words = [cost > 1 && `Counts as ${cost} calls against your limits.`, !operation.webhook && cost === 0 && "Does not count against your limits."].filter(Boolean);
  return html`${words.map((each) => html`<p class="security">${each}</p>`)}
    ${sets.length > 0 && html`<p class="security">The key or token needs ${sets.map((set, index) => html`${index ? " or " : ""}${set.map((scope) => html`<code>${scope}</code> `)}`)}</p>`}`;
}

function Servers({ servers }) {
  return html`<${Fold} kind="fold-small" summary="Servers that the document names" words=${() => servers.map(({ url }) => url).join(" ")}>
    ${() => html`<div class="rows">${servers.map(({ url, description, variables }) => html`<div class="row">
      <div class="row-title"><code class="row-name">${url}</code></div>
      ${description && html`<${Nodes} nodes=${Array.isArray(description) ? description : [description]} />`}
      <div class="facts">${Object.entries(variables ?? {}).map(([name, each]) => html`<span><code>${name}</code> default <code>${each.default}</code>${each.enum ? `, one of ${each.enum.join(", ")}` : ""}</span>`)}</div>
    </div>`)}</div>`}
  <//>`;
}
