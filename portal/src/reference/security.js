/** What a call has to prove: the alternatives, with their scopes. */

import { Nodes } from "../components/nodes.js";
import { lookup } from "../lookup.js";
import { html } from "../vendor.js";
import { External } from "./facts.js";
import { Fold } from "./opening.js";

const TYPES = { oauth2: "OAuth 2.0", openIdConnect: "OpenID Connect", mutualTLS: "client certificate" };
const WAYS = { header: "header", query: "query parameter", cookie: "cookie" };

/** "API key in the header X-Api-Key", "OAuth 2.0", "HTTP bearer (JWT)". */
function schemeWords(scheme = {}) {
  if (scheme.type === "apiKey") return html`API key in the ${lookup(WAYS, scheme.in) ?? scheme.in} <code>${scheme.name}</code>`;
  if (scheme.type === "http") return `HTTP ${scheme.scheme}${scheme.bearerFormat ? ` (${scheme.bearerFormat})` : ""}`;
  return lookup(TYPES, scheme.type) ?? scheme.type ?? "";
}

/** @param {{operation: any, schemes: Record<string, any>}} props */
export function Security({ operation, schemes }) {
  const alternatives = operation.security ?? [];
  if (operation.public || alternatives.every((each) => !Object.keys(each).length)) {
    return html`<p class="security">Needs no credential.</p>`;
  }
  const names = [...new Set(alternatives.flatMap(Object.keys))];
  return html`<${Fold} kind="fold-small" summary=${html`Needs ${alternatives.map((each, index) => html`${index ? " or " : ""}${together(each)}`)}`}>
    ${() => html`<ul class="security">${names.map((name) => html`<li><strong>${name}</strong>: <span class="row-type">${schemeWords(lookup(schemes, name))}</span></li>`)}</ul>`}
  <//>`;
}

function together(alternative) {
  const entries = Object.entries(alternative);
  if (!entries.length) return "nothing";
  return entries.map(([name, scopes], index) => html`${index ? " and " : ""}<strong>${name}</strong>${scopes.length ? html` with ${scopes.map((scope) => html`<code>${scope}</code> `)}` : ""}`);
}

/** The schemes of an API, once a page. */
export function Schemes({ schemes }) {
  const entries = Object.entries(schemes ?? {});
  if (!entries.length) return null;
  return html`<section class="schemes" aria-labelledby="credentials"><h2 id="credentials">Credentials</h2>
    ${entries.map(([name, scheme]) => html`<div class="row">
      <div class="row-title"><code class="row-name">${name}</code> <span class="row-type">${schemeWords(scheme)}</span></div>
      ${scheme.description && html`<${Nodes} nodes=${scheme.description} />`}
      ${Object.entries(scheme.flows ?? {}).map(([flow, each]) => html`<${Flow} flow=${flow} each=${each} />`)}
      ${scheme.openIdConnectUrl && html`<${External} docs=${{ url: scheme.openIdConnectUrl, description: scheme.openIdConnectUrl }} />`}
    </div>`)}
  </section>`;
}

const FLOWS = { clientCredentials: "Client credentials", authorizationCode: "Authorization code", implicit: "Implicit", password: "Password" };
const ADDRESSES = { authorizationUrl: "authorize at", tokenUrl: "token from", refreshUrl: "renew at" };

function Flow({ flow, each }) {
  const scopes = Object.entries(each?.scopes ?? {});
  const addresses = Object.entries(ADDRESSES).filter(([key]) => each?.[key]);
  return html`<div class="facts"><span>${lookup(FLOWS, flow) ?? flow}</span>${addresses.map(([key, word]) => html`<span>${word} <code>${each[key]}</code></span>`)}</div>
    ${scopes.length > 0 && html`<${Fold} kind="fold-small" summary=${`${scopes.length} ${scopes.length === 1 ? "scope" : "scopes"}`} words=${() => scopes.flat().join(" ")}>
      ${() => html`<dl class="constants">${scopes.map(([scope, words]) => html`<div><dt><code>${scope}</code></dt><dd>${Array.isArray(words) ? html`<${Nodes} nodes=${words} />` : words}</dd></div>`)}</dl>`}
    <//>`}`;
}
