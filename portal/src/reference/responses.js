/** Answers by status code. */

import { Nodes } from "../components/nodes.js";
import { html } from "../vendor.js";
import { ResponseBody } from "./content.js";
import { responseWords } from "./find.js";
import { Fold } from "./opening.js";

/** "ok", "info", "warn" or "bad" for a status code or a range such as 4XX. */
export function toneOf(code) {
  return { 1: "info", 2: "ok", 3: "info", 4: "warn", 5: "bad" }[String(code)[0]] ?? "neutral";
}

/** The first paragraph of `nodes` without its tag, to stand in a line; and what follows it. */
export function firstLine(nodes) {
  if (!Array.isArray(nodes)) return [nodes ? [nodes] : [], []];
  const [first, ...rest] = nodes;
  if (Array.isArray(first) && first[0] === "p") return [first.slice(2), rest];
  return typeof first === "string" ? [[first], rest] : [[], nodes];
}

/** @param {{responses: Record<string, any>, schemas: any}} props */
export function Responses({ responses, schemas }) {
  return html`<div class="responses">${Object.entries(responses).map(([code, response]) => html`<${Response} key=${code} code=${code} response=${response} schemas=${schemas} />`)}</div>`;
}

function Response({ code, response, schemas }) {
  const [line, rest] = firstLine(response.description);
  const summary = html`<span class=${`http http-${toneOf(code)}`}>${code}</span> <span class="response-line"><${Nodes} nodes=${line} /></span>`;
  const more = rest.length > 0 || ["content", "headers", "links"].some((key) => Object.keys(response[key] ?? {}).length);
  if (!more) return html`<div class="fold-bare">${summary}</div>`;
  return html`<${Fold} kind="fold-row" summary=${summary} words=${() => responseWords(response, schemas)}>
    ${() => html`${rest.length > 0 && html`<${Nodes} nodes=${rest} />`}<${ResponseBody} response=${response} schemas=${schemas} />`}
  <//>`;
}
