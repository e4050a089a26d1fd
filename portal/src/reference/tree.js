/** A schema as rows that open in place. */

import { Nodes } from "../components/nodes.js";
import { html } from "../vendor.js";
import { Facts, Title } from "./facts.js";
import { schemaWords } from "./find.js";
import { Fold } from "./opening.js";
import { constants, deep, inside, label, named, read, typeWords, types } from "./schema.js";
import { manner } from "./words.js";

const DEPTH = 14;

/** A schema at the top of a body: its description, its facts and all that is inside. */
export function Schema({ schema, schemas, encoding }) {
  const reading = read(schema, schemas);
  const words = typeWords(schema, schemas);
  const name = reading.names?.[0];
  return html`<div class="schema">
    <p class="schema-type"><span class="row-type">${words}</span>${name && !words.includes(name) ? html` <span class="row-from">${name}</span>` : ""}</p>
    ${reading.title && reading.title !== name && html`<p class="schema-title">${reading.title}</p>`}
    ${reading.description && html`<${Nodes} nodes=${reading.description} />`}
    <${Facts} reading=${reading} schemas=${schemas} />
    <${Inside} reading=${reading} schemas=${schemas} trail=${reading.names ?? []} encoding=${encoding} />
  </div>`;
}

function Inside({ reading, schemas, trail, encoding = {} }) {
  const choices = constants(reading, schemas) ? [] : reading.choices ?? [];
  return html`
    ${reading.parts?.length > 0 && html`<p class="facts"><span>Combines ${[...new Set(reading.parts)].map((name, index) => html`${index ? ", " : ""}<code>${name}</code>`)}</span></p>`}
    ${reading.discriminator && !choices.length && html`<p class="facts"><span>Told apart by <code>${reading.discriminator.propertyName}</code></span></p>`}
    <div class="rows">${inside(reading).map((row) => html`<${Row} key=${`${row.kind} ${row.name}`} ...${row} schemas=${schemas} trail=${trail} encoding=${Object.hasOwn(encoding, row.name) ? encoding[row.name] : undefined} />`)}</div>
    ${choices.map((choice) => html`<${Alternatives} choice=${choice} schemas=${schemas} trail=${trail} />`)}`;
}

function Alternatives({ choice: { kind, of, discriminator }, schemas, trail }) {
  const by = discriminator?.propertyName;
  return html`<div class="alternatives">
    <p class="alternatives-title">${kind === "oneOf" ? "One of" : "Any of"}${by && html`, told apart by <code>${by}</code>`}</p>
    ${of.map((each, index) => html`<${Alternative} key=${index} schema=${each} schemas=${schemas} trail=${trail} discriminator=${discriminator} />`)}
  </div>`;
}

function Alternative({ schema, schemas, trail, discriminator }) {
  const reading = read(schema, schemas);
  const name = label(schema, schemas, discriminator);
  const own = reading.names?.[0];
  const value = discriminator && own && name !== own ? html` <span class="row-from">${own}</span>` : "";
  const facts = html`
    ${reading.description && html`<${Nodes} nodes=${reading.description} />`}
    <${Facts} reading=${reading} schemas=${schemas} />`;
  const title = html`<code>${name}</code>${value} <span class="row-type">${typeWords(schema, schemas)}</span>`;
  if (!deep(schema, schemas)) return html`<div class="row"><div class="row-title">${title}</div>${facts}</div>`;
  return html`<${Fold} kind="fold-row" summary=${title} words=${() => schemaWords(schema, schemas)} automatic=${fresh(reading, trail)}>
    ${() => html`${facts}<${Inside} reading=${reading} schemas=${schemas} trail=${[...trail, ...(reading.names ?? [])]} />`}
  <//>`;
}

/** Whether opening this of itself cannot go on for ever. */
const fresh = (reading, trail) => trail.length < DEPTH && !(reading.names ?? []).some((name) => trail.includes(name));

/** A property, an item, or anything else that has a name and a schema. */
function Row({ name, kind, schema, schemas, trail = [], required, encoding }) {
  const reading = read(schema, schemas);
  return html`<div class="row">
    <${Title} name=${name} kind=${kind} schema=${schema} schemas=${schemas} required=${required} />
    ${reading.description && html`<${Nodes} nodes=${reading.description} />`}
    <${Facts} reading=${reading} schemas=${schemas} more=${encodingWords(encoding)} />
    ${Object.entries(encoding?.headers ?? {}).map(([header, value]) => html`<${Row} name=${header} kind="property" schema=${value.schema} schemas=${schemas} trail=${trail} />`)}
    <${Deeper} schema=${schema} schemas=${schemas} trail=${trail} />
  </div>`;
}

/** What a row opens: where a list has one kind of item, the inside of that item. */
export function Deeper({ schema, schemas, trail = [] }) {
  if (!deep(schema, schemas)) return null;
  const reading = unfolded(read(schema, schemas), schemas);
  const name = reading.names?.[0];
  const again = name && trail.includes(name);
  const count = Object.keys(reading.properties ?? {}).length;
  const what = count ? `${count} ${count === 1 ? "property" : "properties"}` : reading.choices ? "Alternatives" : types(reading).includes("array") ? "Items" : "Details";
  const summary = html`${what}${name && html` of <span class="row-from">${name}</span>`}${again ? ", as above" : ""}`;
  return html`<${Fold} kind="fold-small" summary=${summary} words=${() => schemaWords(schema, schemas)} automatic=${fresh(reading, trail)}>
    ${() => html`<${Inside} reading=${target(reading, schemas)} schemas=${schemas} trail=${[...trail, ...(reading.names ?? [])]} />`}
  <//>`;
}

/** A list of nothing but objects is read as its items. */
function unfolded(reading, schemas) {
  const plain = types(reading).includes("array") && reading.items && !reading.prefixItems && !reading.contains && !reading.choices;
  const items = plain ? read(reading.items, schemas) : null;
  return items?.properties || items?.choices ? items : reading;
}

/** A reading that ended in a circle of references is read again from its name. */
const target = (reading, schemas) => (reading.cyclic ? read(named(reading.names[0], schemas)[1], schemas) : reading);

function encodingWords(encoding) {
  if (!encoding) return [];
  return [encoding.contentType && `sent as ${encoding.contentType}`, manner({ in: "query", ...encoding }, Boolean(encoding.style))];
}
