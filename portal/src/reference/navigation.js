/** The operations of an API by tag: a column on a desktop, a disclosure on a phone. */

import { html, useState } from "../vendor.js";
import { Method } from "./method.js";

const MANY = 60;

/**
 * @param {{index: any, version: string, base: string, tag: string, current: string|null}} props `tag`: the page's slug; operations of other
 *   tags are listed as long as there are not many
 */
export function Navigation({ index, version, base, tag, current }) {
  const [open, setOpen] = useState(false);
  const all = index.tags.reduce((sum, each) => sum + each.operations.length, 0) <= MANY;
  return html`<nav class=${`reference-nav${open ? " is-open" : ""}`} aria-label="Operations">
    <button type="button" class="reference-nav-switch" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>Operations<span>${index.tags.find(({ slug }) => slug === tag)?.name}</span></button>
    <div class="reference-nav-list" onClick=${(event) => event.target.closest("a") && setOpen(false)}>
      <p class="reference-nav-api"><a href=${base}>${index.title}</a> <span>${version}</span></p>
      ${index.tags.map((each) => html`<div key=${each.slug}>
        <p class="reference-nav-tag"><a href=${`${base}/${each.slug}`} aria-current=${each.slug === tag ? "page" : undefined}>${each.name}</a></p>
        ${(all || each.slug === tag) && html`<ul>${each.operations.map((operation) => html`<${Item} operation=${operation} here=${each.slug === tag} href=${`${base}/${each.slug}`} current=${current} />`)}</ul>`}
      </div>`)}
    </div>
  </nav>`;
}

function Item({ operation, here, href, current }) {
  const anchor = `#${encodeURIComponent(operation.id)}`;
  return html`<li><a class=${operation.deprecated ? "is-deprecated" : undefined} href=${here ? anchor : href + anchor} aria-current=${here && current === operation.id ? "true" : undefined}>${operation.summary || operation.id}<${Method} method=${operation.method} /></a></li>`;
}
