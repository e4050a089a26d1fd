/** What is said of a value: its type, its constraints in words, its values, default and examples. */

import { Nodes } from "../components/nodes.js";
import { html } from "../vendor.js";
import { Fold } from "./opening.js";
import { constants, read, typeWords } from "./schema.js";
import { limits, marks, shown } from "./words.js";

const MANY = 12;

/** A value in code type; a text that is empty or has blanks at its ends shows its quotes. */
function Value({ value }) {
  const text = shown(value);
  return html`<code>${text === "" || text !== text.trim() ? JSON.stringify(value) : text}</code>`;
}

function Values({ values }) {
  return values.map((value, index) => html`${index ? " " : ""}<${Value} value=${value} />`);
}

/** The first line of a row: name, type, marks. */
export function Title({ name, kind, schema, schemas, required, deprecated, place }) {
  const reading = read(schema, schemas);
  const words = marks({ ...reading, deprecated: deprecated || reading.deprecated }, required);
  const from = reading.names?.[0];
  const type = typeWords(schema, schemas);
  return html`<div class="row-title">
    ${kind === "rule" ? html`<span class="row-rule">${name}</span>` : html`<code class=${`row-name${deprecated || reading.deprecated ? " is-deprecated" : ""}`}>${name}</code>`}
    <span class="row-type">${type}${from && !type.includes(from) ? html` <span class="row-from">${from}</span>` : ""}</span>
    ${place && html`<span class="row-type">${place}</span>`}
    ${words.map((word) => html`<span class=${`mark mark-${word.replace(" ", "-")}`}>${word}</span>`)}
  </div>`;
}

/** @param {{reading: any, schemas: any, holder?: any, more?: string[]}} props `holder`: a parameter that has examples of its own */
export function Facts({ reading, schemas, holder = {}, more = [] }) {
  const words = [...limits(reading), ...more.filter(Boolean)];
  const known = constants(reading, schemas);
  const examples = exampleValues(holder).concat(exampleValues(reading)).slice(0, 3);
  const lines = [
    words.length > 0 && words.join(" · "),
    reading.pattern !== undefined && html`pattern <code class="pattern">${reading.pattern}</code>`,
    reading.const !== undefined && html`always <${Value} value=${reading.const} />`,
    reading.default !== undefined && html`default <${Value} value=${reading.default} />`,
    reading.enum && reading.enum.length <= MANY && html`one of <${Values} values=${reading.enum} />`,
    examples.length > 0 && html`example ${html`<${Values} values=${examples} />`}`,
  ].filter(Boolean);
  return html`
    ${lines.length > 0 && html`<div class="facts">${lines.map((line) => html`<span>${line}</span>`)}</div>`}
    ${reading.enum?.length > MANY && html`<${Fold} kind="fold-small" summary=${`One of ${reading.enum.length} values`} words=${() => reading.enum.map(shown).join(" ")}>
      ${() => html`<div class="facts values"><${Values} values=${reading.enum} /></div>`}
    <//>`}
    ${known && html`<dl class="constants">${known.map(({ value, title, description }) => html`<div>
      <dt><${Value} value=${value} /></dt><dd>${title}${title && description ? ": " : ""}${description && html`<${Nodes} nodes=${description} />`}</dd>
    </div>`)}</dl>`}
    ${reading.externalDocs && html`<${External} docs=${reading.externalDocs} />`}`;
}

function exampleValues(holder) {
  const values = [];
  if (holder.example !== undefined) values.push(holder.example);
  if (Array.isArray(holder.examples)) values.push(...holder.examples);
  else for (const each of Object.values(holder.examples ?? {})) if (each && "value" in each) values.push(each.value);
  return values.filter((value) => shown(value).length <= 120);
}

/** A link to documentation elsewhere; nothing where its address is not one of the web. */
export function External({ docs }) {
  const url = typeof docs?.url === "string" && /^https?:\/\//i.test(docs.url) ? docs.url : null;
  if (!url) return null;
  const words = Array.isArray(docs.description) ? html`<${Nodes} nodes=${docs.description} />` : docs.description;
  return html`<div class="external"><a href=${url} rel="noopener noreferrer">${typeof words === "string" ? words : "More about this"}</a>${typeof words === "object" ? words : ""}</div>`;
}
