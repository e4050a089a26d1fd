/** The reference of an API's version, one tag a page. */

import { Badge } from "../components/badge.js";
import { PageHeader } from "../components/layout.js";
import { LifecycleBadge } from "../components/lifecycle.js";
import { Nodes, safeHref } from "../components/nodes.js";
import { Failed, Loading } from "../components/states.js";
import { load } from "../content.js";
import { longDate } from "../format.js";
import { External } from "../reference/facts.js";
import { Navigation } from "../reference/navigation.js";
import { useReading } from "../reference/near.js";
import { Operation } from "../reference/operation.js";
import { everything, expandForPrint, openAll } from "../reference/opening.js";
import { Schemes } from "../reference/security.js";
import { navigate } from "../router.js";
import { html, useEffect, useState } from "../vendor.js";

/** With more operations than this on a page they open by hand. */
const FEW = 8;

/** The operation that the address names, followed as it changes. */
function useAnchor() {
  const read = () => decodeURIComponent(location.hash.slice(1));
  const [anchor, setAnchor] = useState(read);
  useEffect(() => {
    const follow = () => setAnchor(read());
    addEventListener("hashchange", follow);
    addEventListener("popstate", follow);
    return () => {
      removeEventListener("hashchange", follow);
      removeEventListener("popstate", follow);
    };
  }, []);
  return anchor;
}

export default function Reference({ params: { api, version, tag } }) {
  const base = `/apis/${api}/${version}`;
  const catalog = load("/content/catalog.json").value;
  const index = load(`/content${base}/index.json`).value;
  const slug = tag ?? index.value?.tags[0]?.slug;
  const page = slug && load(`/content${base}/${slug}.json`).value;
  useEffect(() => {
    openAll(false);
    return expandForPrint();
  }, [slug]);
  const failed = [index, page, catalog].find((each) => each?.state === "error");
  if (failed) return html`<${Failed} level=${1} problem=${failed.error} retry=${failed.retry} />`;
  if ([index, catalog].some((each) => each.state !== "ready")) return html`<h1 class="visually-hidden" tabindex="-1">Reference</h1><${Loading} />`;
  const entry = catalog.value.apis.flatMap(({ versions }) => versions).find(({ id }) => id === `${api}/${version}`);
  const about = { id: `${api}/${version}`, accepts: entry?.accepts ?? "key", schemes: index.value.security_schemes ?? {}, trying: catalog.value.portal.try };
  return html`<${Pages} index=${index.value} page=${page?.value} entry=${entry} about=${about} base=${base} slug=${slug} whole=${!tag} />`;
}

function Pages({ index, page, entry, about, base, slug, whole }) {
  const anchor = useAnchor();
  const tag = index.tags.find((each) => each.slug === slug);
  const operations = page?.operations ?? [];
  const reading = useReading(operations.map(({ id }) => id));
  useEffect(() => {
    if (!anchor || !page) return;
    const found = document.getElementById(anchor);
    if (found) found.scrollIntoView();
    const elsewhere = found ? null : index.tags.find((each) => each.operations.some(({ id }) => id === anchor));
    if (elsewhere) navigate(`${base}/${elsewhere.slug}#${encodeURIComponent(anchor)}`);
  }, [anchor, page]);
  return html`<div class="reference">
    <${Navigation} index=${index} base=${base} tag=${slug} current=${reading ?? anchor} />
    <div class="reference-main">
      ${whole ? html`<${Introduction} index=${index} entry=${entry} base=${base} />` : html`<${TagHeader} index=${index} tag=${tag} entry=${entry} base=${base} />`}
      ${whole && tag && html`<div class="reference-tag"><h2>${tag.name}</h2>${tag.description && html`<${Nodes} nodes=${tag.description} />`}</div>`}
      ${operations.length > 0 && html`<div class="reference-tools"><button type="button" class="link" aria-pressed=${String(everything.value.open)} onClick=${() => openAll(!everything.value.open)}>${everything.value.open ? "Close all" : "Open all"}</button></div>`}
      ${page ? operations.map((each) => html`<${Operation} key=${each.id} operation=${each} schemas=${page.schemas} api=${about} level=${whole ? 3 : 2} folded=${operations.length > FEW} wanted=${each.id === anchor} />`) : html`<${Loading} />`}
      ${whole && html`<${Schemes} schemes=${index.security_schemes} />`}
    </div>
  </div>`;
}

const crumbs = (index, base, last) => [{ title: "APIs", href: "/" }, { title: `${index.title} ${index.version}`, href: base }, ...(last ? [{ title: last }] : [])];

function TagHeader({ index, tag, entry, base }) {
  return html`<${PageHeader} title=${tag?.name ?? "Not found"} crumbs=${crumbs(index, base)} />
    ${entry && entry.state !== "published" && html`<div class="reference-badges"><${LifecycleBadge} state=${entry.state} sunset=${entry.lifecycle?.sunset} /></div>`}
    <${Ending} entry=${entry} />
    ${tag?.description && html`<${Nodes} nodes=${tag.description} />`}
    <${External} docs=${tag?.external_docs} />`;
}

/** That the version ends, when, and what comes after it. */
function Ending({ entry }) {
  if (entry?.state !== "deprecated") return null;
  const { sunset, successor, guide } = entry.lifecycle ?? {};
  return html`<p class="notice">This version is deprecated${sunset ? html` and ends on ${longDate(sunset)}` : ""}.
    ${successor && html` Its successor is <a href=${`/apis/${successor}`}>${successor}</a>.`}${safeHref(guide) && html` <a href=${guide}>How to move</a>`}</p>`;
}

function Introduction({ index, entry, base }) {
  const { contact, license } = index;
  return html`<${PageHeader} title=${index.title} crumbs=${[{ title: "APIs", href: "/" }]} />
    <div class="reference-badges">
      ${entry && html`<${LifecycleBadge} state=${entry.state} sunset=${entry.lifecycle?.sunset} />`}
      <${Badge}>${index.version}<//>
      <span>OpenAPI ${index.openapi}</span>
      ${contact?.url && html`<${External} docs=${{ url: contact.url, description: contact.name ?? "Contact" }} />`}
      ${license?.name && html`<span>Licence: ${license.name}</span>`}
      <a href=${`/content${base}/openapi.json`} download>Download OpenAPI</a>
    </div>
    <${Ending} entry=${entry} />
    ${index.description && html`<div class="reference-description"><${Nodes} nodes=${index.description} /></div>`}
    <${External} docs=${index.external_docs} />`;
}
