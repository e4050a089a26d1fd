/** The words of what is closed, as plain text: for the browser's search within the page. */

import { inside, read } from "./schema.js";
import { shown } from "./words.js";

const MOST = 20_000;

/** Nodes as text. */
function textOf(nodes) {
  if (!Array.isArray(nodes)) return nodes == null ? "" : String(nodes);
  return nodes.map((node) => (Array.isArray(node) ? textOf(node.slice(2)) : String(node))).join(" ");
}

/** Everything that a reader of `schema` could look for: names, descriptions and values, each schema once. */
export function schemaWords(schema, schemas) {
  const words = [];
  collect(schema, schemas, words, new Set());
  return words.join(" ").slice(0, MOST);
}

function collect(schema, schemas, words, seen) {
  const reading = read(schema, schemas);
  if (words.length > 2000 || (reading.names ?? []).some((name) => seen.has(name))) return;
  for (const name of reading.names ?? []) seen.add(name);
  words.push(...(reading.names ?? []), ...(reading.parts ?? []), reading.title ?? "", textOf(reading.description));
  words.push(...(reading.enum ?? []).map(shown));
  for (const row of inside(reading)) {
    words.push(row.name);
    collect(row.schema, schemas, words, seen);
  }
  for (const { of } of reading.choices ?? []) for (const each of of) collect(each, schemas, words, seen);
}

const contentWords = (content, schemas) =>
  Object.entries(content ?? {}).map(([media, { schema }]) => `${media} ${schemaWords(schema, schemas)}`).join(" ");

function parameterWords(parameters, schemas) {
  return (parameters ?? []).map((each) => `${each.name} ${textOf(each.description)} ${schemaWords(each.schema, schemas)}`).join(" ");
}

export function responseWords(response, schemas) {
  const headers = Object.entries(response.headers ?? {}).map(([name, header]) => ({ name, ...header }));
  const links = Object.entries(response.links ?? {}).map(([name, link]) => `${name} ${textOf(link.description)}`);
  return [parameterWords(headers, schemas), contentWords(response.content, schemas), ...links].join(" ");
}

/** All words of an operation. */
export function operationWords(operation, schemas) {
  const responses = Object.entries(operation.responses ?? {});
  return [
    textOf(operation.description), parameterWords(operation.parameters, schemas),
    contentWords(operation.request_body?.content, schemas),
    ...responses.map(([code, response]) => `${code} ${textOf(response.description)} ${responseWords(response, schemas)}`),
  ].join(" ").slice(0, MOST);
}
