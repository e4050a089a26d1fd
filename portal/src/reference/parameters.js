/** Parameters of an operation, and headers of a response, as rows. */

import { Nodes } from "../components/nodes.js";
import { html } from "../vendor.js";
import { Facts, Title } from "./facts.js";
import { read, types } from "./schema.js";
import { Deeper } from "./tree.js";
import { manner, place } from "./words.js";

const ORDER = ["path", "query", "header", "cookie"];

/** @param {{parameters: any[], schemas: any}} props */
export function Parameters({ parameters, schemas }) {
  const sorted = parameters.toSorted((one, other) => ORDER.indexOf(one.in) - ORDER.indexOf(other.in));
  return html`<div class="rows">${sorted.map((each) => html`<${Parameter} key=${`${each.in} ${each.name}`} parameter=${each} schemas=${schemas} where=${place(each)} />`)}</div>`;
}

/** @param {{headers: Record<string, any>, schemas: any}} props */
export function Headers({ headers, schemas }) {
  return html`<div class="rows">${Object.entries(headers).map(([name, header]) => html`<${Parameter} key=${name} parameter=${{ name, ...header }} schemas=${schemas} />`)}</div>`;
}

function Parameter({ parameter, schemas, where }) {
  const [media, content] = Object.entries(parameter.content ?? {})[0] ?? [];
  const schema = content?.schema ?? parameter.schema;
  const reading = read(schema, schemas);
  const several = types(reading).includes("array") || types(reading).includes("object");
  const more = [media && `written as ${media}`, where && manner(parameter, several), parameter.allowEmptyValue && "may be empty",
    parameter.allowReserved && "reserved characters stay as they are"];
  return html`<div class="row">
    <${Title} name=${parameter.name} kind="property" schema=${schema} schemas=${schemas} required=${parameter.required} deprecated=${parameter.deprecated} place=${where} />
    ${parameter.description && html`<${Nodes} nodes=${parameter.description} />`}
    ${reading.description && reading.description !== parameter.description && html`<${Nodes} nodes=${reading.description} />`}
    <${Facts} reading=${reading} schemas=${schemas} holder=${content ? { ...content, ...parameter } : parameter} more=${more} />
    <${Deeper} schema=${schema} schemas=${schemas} />
  </div>`;
}
