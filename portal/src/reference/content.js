/** Bodies of requests and responses, by media type. */

import { CodeBlock } from "../components/code.js";
import { Nodes } from "../components/nodes.js";
import { html } from "../vendor.js";
import { schemaWords } from "./find.js";
import { Fold } from "./opening.js";
import { Schema } from "./tree.js";
import { Headers } from "./parameters.js";

/** @param {{content: Record<string, any>, schemas: any}} props */
export function Content({ content, schemas }) {
  const entries = Object.entries(content);
  const section = ([media, each]) => html`
    <${Schema} schema=${each.schema} schemas=${schemas} encoding=${each.encoding} />
    <${Examples} media=${media} content=${each} />`;
  if (entries.length === 1) return html`<p class="media"><code>${entries[0][0]}</code></p>${section(entries[0])}`;
  return entries.map((entry, index) => html`<${Fold} key=${entry[0]} kind="fold-row" opened=${index === 0} summary=${html`<code>${entry[0]}</code>`} words=${() => schemaWords(entry[1].schema, schemas)}>
    ${() => section(entry)}
  <//>`);
}

function Examples({ media, content }) {
  const many = Object.entries(content.examples ?? {});
  if (content.example !== undefined) many.unshift(["Example", { value: content.example }]);
  return many.map(([name, each]) => html`<${Fold} key=${name} kind="fold-small" summary=${html`Example: ${summaryOf(name, each)}`} words=${() => written(each.value)}>
    ${() => html`
      ${each.description && html`<${Nodes} nodes=${each.description} />`}
      ${each.externalValue !== undefined ? html`<p class="facts"><span>At <code>${each.externalValue}</code></span></p>` : html`<${CodeBlock} code=${written(each.value)} language=${typeof each.value === "string" && !/json/.test(media) ? "text" : "json"} />`}`}
  <//>`);
}

const summaryOf = (name, { summary }) => (typeof summary === "string" && summary ? summary : name);

const written = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "");

/** An answer's inside: its headers, its bodies, and what its links lead to. */
export function ResponseBody({ response, schemas }) {
  const headers = response.headers ?? {};
  const links = Object.entries(response.links ?? {});
  return html`
    ${Object.keys(response.content ?? {}).length > 0 && html`<${Content} content=${response.content} schemas=${schemas} />`}
    ${Object.keys(headers).length > 0 && html`<p class="part-title">Headers</p><${Headers} headers=${headers} schemas=${schemas} />`}
    ${links.length > 0 && html`<p class="part-title">Links</p><div class="rows">${links.map(([name, link]) => html`<${Link} key=${name} name=${name} link=${link} />`)}</div>`}`;
}

function Link({ name, link }) {
  const arguments_ = Object.entries(link.parameters ?? {});
  return html`<div class="row">
    <div class="row-title"><code class="row-name">${name}</code>
      ${link.operationId ? html`<a href=${`#${encodeURIComponent(link.operationId)}`}>${link.operationId}</a>` : html`<span class="row-type">${link.operationRef}</span>`}
    </div>
    ${link.description && html`<${Nodes} nodes=${link.description} />`}
    ${arguments_.length > 0 && html`<div class="facts">${arguments_.map(([key, value]) => html`<span><code>${key}</code> from <code>${typeof value === "string" ? value : JSON.stringify(value)}</code></span>`)}</div>`}
    ${link.requestBody !== undefined && html`<div class="facts"><span>body <code>${typeof link.requestBody === "string" ? link.requestBody : JSON.stringify(link.requestBody)}</code></span></div>`}
  </div>`;
}
