/** Answers by status code. */

import { Nodes } from "../components/nodes.js";
import { toneOf } from "../http.js";
import { html } from "../vendor.js";
import { ResponseBody } from "./content.js";
import { responseWords } from "./find.js";
import { Fold } from "./opening.js";

/** The first paragraph of `nodes` without its tag, to stand in a line; and what follows it. */
function firstLine(nodes) {
  if (!Array.isArray(nodes)) return [nodes ? [nodes] : [], []];
  const [first, ...rest] = nodes;
  if (Array.isArray(first) && first[0] === "p") return [first.slice(2), rest];
  return typeof first === "string" ? [[first], rest] : [[], nodes];
}

/** What the gateway refuses before the API hears of the call: the same at every operation. */
const REFUSALS = ["401", "403", "429"];

/** @param {{responses: Record<string, any>, schemas: any}} props */
export function Responses({ responses, schemas }) {
  const rows = (entries) => entries.map(([code, response]) => html`<${Response} key=${code} code=${code} response=${response} schemas=${schemas} />`);
  const all = Object.entries(responses);
  const refusals = all.filter(([code]) => REFUSALS.includes(code));
  if (refusals.length < 2) return html`<div class="responses">${rows(all)}</div>`;
  const codes = refusals.map(([code]) => html`<${Code} code=${code} /> `);
  return html`<div class="responses">
    ${rows(all.filter(([code]) => code !== "default" && !REFUSALS.includes(code)))}
    <${Fold} kind="fold-row" summary=${html`${codes}<span class="response-line">Refused by the gateway.</span>`} words=${() => refusals.map(([, each]) => responseWords(each, schemas)).join(" ")}>
      ${() => rows(refusals)}
    <//>
    ${rows(all.filter(([code]) => code === "default"))}
  </div>`;
}

const Code = ({ code }) => html`<span class=${`http http-${toneOf(code)}`}>${code}</span>`;

function Response({ code, response, schemas }) {
  const [line, rest] = firstLine(response.description);
  const summary = html`<${Code} code=${code} /> <span class="response-line"><${Nodes} nodes=${line} /></span>`;
  const more = rest.length > 0 || ["content", "headers", "links"].some((key) => Object.keys(response[key] ?? {}).length);
  if (!more) return html`<div class="fold-bare">${summary}</div>`;
  return html`<${Fold} kind="fold-row" summary=${summary} words=${() => responseWords(response, schemas)}>
    ${() => html`${rest.length > 0 && html`<${Nodes} nodes=${rest} />`}<${ResponseBody} response=${response} schemas=${schemas} />`}
  <//>`;
}
