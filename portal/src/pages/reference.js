/** The reference of an API's version, one tag a page. */

import { decoded } from "../addresses.js";
import { Boundary } from "../boundary.js";
import { Badge } from "../components/badge.js";
import { PageHeader, useTitle } from "../components/layout.js";
import { deprecation, LifecycleBadge } from "../components/lifecycle.js";
import { Nodes, safeHref } from "../components/nodes.js";
import { Failed, Loading } from "../components/states.js";
import { load } from "../content.js";
import { Problem } from "../problem.js";
import { External } from "../reference/facts.js";
import { Navigation } from "../reference/navigation.js";
import { useReading } from "../reference/near.js";
import { Operation } from "../reference/operation.js";
import { everything, expandForPrint, openAll } from "../reference/opening.js";
import { Schemes } from "../reference/security.js";
import { navigate, route } from "../router.js";
import { html, useEffect } from "../vendor.js";

/** With more operations than this on a page they open by hand. */
const FEW = 8;

const MISSING = new Problem({ status: 404, code: "not_found", detail: "There is no such version or page." });

const contentOf = (...parts) => load(`/content/apis/${parts.map(encodeURIComponent).join("/")}.json`).value;

export default function Reference({ params: { api, version, tag } }) {
  const id = `${api}/${version}`;
  const catalog = load("/content/catalog.json").value;
  const entry = catalog.value?.apis.flatMap(({ versions }) => versions).find((each) => each.id === id);
  const index = entry && contentOf(api, version, "index");
  const found = index?.value?.tags.find(({ slug }) => slug === tag || !tag);
  const page = found && contentOf(api, version, found.slug);
  const missing = (catalog.value && !entry) || (index?.value && tag && !found) ? { error: MISSING } : null;
  const failed = missing ?? [index, page, catalog].find((each) => each?.state === "error");
  useTitle(failed ? "Not found" : null);
  useEffect(() => {
    openAll(false);
    return expandForPrint();
  }, [found?.slug]);
  if (failed) return html`<${Failed} level=${1} problem=${failed.error} retry=${failed.retry} />`;
  if (!index?.value) return html`<h1 class="visually-hidden" tabindex="-1">Reference</h1><${Loading} />`;
  const about = { id, accepts: entry.accepts, schemes: index.value.security_schemes ?? {}, trying: catalog.value.portal.try };
  return html`<${Pages} index=${index.value} page=${page?.value} entry=${entry} about=${about} version=${version} base=${`/apis/${id}`} tag=${found} whole=${!tag} />`;
}

function Pages({ index, page, entry, about, version, base, tag, whole }) {
  const { url } = route.value;
  const anchor = decoded(url.hash.slice(1));
  const operations = page?.operations ?? [];
  const reading = useReading(operations.map(({ id }) => id));
  useEffect(() => {
    if (!anchor || !page) return;
    const found = document.getElementById(anchor);
    if (found) found.scrollIntoView();
    const elsewhere = found ? null : index.tags.find((each) => each.operations.some(({ id }) => id === anchor));
    if (elsewhere) navigate(`${base}/${elsewhere.slug}#${encodeURIComponent(anchor)}`);
  }, [url, page]);
  return html`<div class="reference">
    <${Navigation} index=${index} base=${base} version=${version} tag=${tag?.slug} current=${reading ?? anchor} />
    <div class="reference-main">
      ${whole ? html`<${Introduction} index=${index} entry=${entry} version=${version} base=${base} />` : html`<${TagHeader} index=${index} tag=${tag} entry=${entry} version=${version} base=${base} />`}
      ${whole && tag && html`<div class="reference-tag"><h2>${tag.name}</h2>${tag.description && html`<${Nodes} nodes=${tag.description} />`}</div>`}
      ${operations.length > 0 && html`<div class="reference-tools"><button type="button" class="link" aria-pressed=${String(everything.value.open)} onClick=${() => openAll(!everything.value.open)}>${everything.value.open ? "Close all" : "Open all"}</button></div>`}
      ${page ? operations.map((each) => html`<${Boundary} key=${each.id} otherwise=${html`<${Broken} operation=${each} />`}><${Operation} operation=${each} schemas=${page.schemas} api=${about} level=${whole ? 3 : 2} folded=${operations.length > FEW} wanted=${each.id === anchor} /><//>`) : html`<${Loading} />`}
      ${whole && html`<${Schemes} schemes=${index.security_schemes} />`}
    </div>
  </div>`;
}

const APIS = { title: "APIs", href: "/" };

function Broken({ operation: { id, summary } }) {
  return html`<section class="operation" id=${id}><p class="notice">${summary || id} cannot be shown; the OpenAPI document has it.</p></section>`;
}

function TagHeader({ index, tag, entry, version, base }) {
  const whole = `${index.title} ${version}`;
  return html`<${PageHeader} title=${tag.name} label=${`${tag.name} · ${whole}`} crumbs=${[APIS, { title: whole, href: base }]} />
    ${entry.state !== "published" && html`<div class="reference-badges"><${LifecycleBadge} state=${entry.state} lifecycle=${entry.lifecycle} /></div>`}
    <${Ending} entry=${entry} />
    ${tag.description && html`<${Nodes} nodes=${tag.description} />`}
    <${External} docs=${tag.external_docs} />`;
}

/** That the version ends, when, and what comes after it. */
function Ending({ entry }) {
  if (entry.state !== "deprecated") return null;
  const { successor, guide } = entry.lifecycle ?? {};
  return html`<p class="notice">This version ${deprecation(entry.lifecycle)}.
    ${successor && html` Its successor is <a href=${`/apis/${successor}`}>${successor}</a>.`}${safeHref(guide) && html` <a href=${guide}>How to move</a>`}</p>`;
}

function Introduction({ index, entry, version, base }) {
  const { contact, license } = index;
  return html`<${PageHeader} title=${index.title} label=${`${index.title} ${version} reference`} crumbs=${[APIS, { title: index.title, href: base.replace(/\/[^/]*$/, "") }]} />
    <div class="reference-badges">
      <${Badge}>${version}<//>
      <${LifecycleBadge} state=${entry.state} lifecycle=${entry.lifecycle} />
      <span>OpenAPI ${index.openapi}, document ${index.version}</span>
      ${contact?.url && html`<${External} docs=${{ url: contact.url, description: contact.name ?? "Contact" }} />`}
      ${license?.name && html`<span>Licence: ${license.name}</span>`}
      <a href=${`/content${base}/openapi.json`} download>Download OpenAPI</a>
    </div>
    <${Ending} entry=${entry} />
    ${index.description && html`<div class="reference-description"><${Nodes} nodes=${index.description} /></div>`}
    <${External} docs=${index.external_docs} />`;
}
