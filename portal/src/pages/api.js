import { accepted, Grade } from "../components/api-card.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Icon } from "../components/icons.js";
import { PageHeader } from "../components/layout.js";
import { deprecation, LifecycleBadge } from "../components/lifecycle.js";
import { Nodes } from "../components/nodes.js";
import { Plans } from "../components/plans.js";
import { Empty, Failed, Loading } from "../components/states.js";
import { Table } from "../components/table.js";
import { Time } from "../components/time.js";
import { load } from "../content.js";
import { number, plural } from "../format.js";
import { html } from "../vendor.js";
import { Entry } from "./changelog.js";

const CRUMBS = [{ title: "APIs", href: "/" }];
const GONE = "It may have another name now, or it is not published.";
const SHOWN = 5;

export default function Api({ params: { api: name } }) {
  const { value, error, retry } = load("/content/catalog.json").value;
  const api = value?.apis.find((each) => each.name === name);
  if (error) return html`<${PageHeader} title="API" crumbs=${CRUMBS} /><${Failed} problem=${error} retry=${retry} />`;
  if (!value) return html`<${PageHeader} title="API" crumbs=${CRUMBS} /><${Loading} lines=${12} />`;
  if (!api) {
    const action = html`<${Button} kind="primary" href="/">See the APIs<//>`;
    return html`<${PageHeader} title="API not found" crumbs=${CRUMBS} />
      <${Empty} icon="search" title=${`There is no API called ${name}`} text=${GONE} action=${action} />`;
  }
  return html`<${About} api=${api} catalog=${value} />`;
}

function About({ api, catalog }) {
  const newest = api.versions.find(({ state }) => state !== "retired") ?? api.versions[0];
  const served = newest.state !== "retired";
  const tryable = catalog.portal.try?.apis.includes(newest.id);
  const actions = served && html`<${Button} href=${`/apis/${newest.id}`}>Reference<//><${Button} kind="primary" href="/start">Get a key<//>`;
  const crumbs = api.category ? [...CRUMBS, { title: api.category }] : CRUMBS;
  return html`<${PageHeader} title=${newest.title} crumbs=${crumbs} subtitle=${newest.summary} actions=${actions} />
    ${!served && html`<${Gone} version=${newest} />`}
    ${api.versions.filter(({ state }) => state === "deprecated").map((version) => html`<${Ending} key=${version.id} version=${version} />`)}
    ${tryable && html`<p class="api-try"><a href=${`/apis/${newest.id}`}>Try a call without signing up <${Icon} name="arrow" /></a></p>`}
    <div class="stack-large">
      <${Versions} versions=${api.versions} />
      ${served && html`<${Products} version=${newest} catalog=${catalog} />`}
      ${served && newest.tags.length > 0 && html`<${Groups} version=${newest} />`}
      ${served && html`<${Scorecard} version=${newest} />`}
      <${Changes} name=${api.name} />
    </div>`;
}

function Ending({ version: { id, title, version, lifecycle } }) {
  const { successor, guide } = lifecycle ?? {};
  return html`<div class="callout callout-warn" role="note"><${Icon} name="warning" /><p>
    <strong>${title} ${version} ${deprecation(lifecycle)}.</strong>${" "}
    ${successor && html`<a href=${`/apis/${successor}`}>Move to ${successor}</a>`}${successor && guide && " · "}
    ${guide && html`<a href=${guide} rel="noopener noreferrer">How to move</a>`}
    ${!successor && !guide && html`<a href=${`/apis/${id}`}>See its reference</a>`}
  </p></div>`;
}

const ENDING = [
  { key: "dates", title: "Dates", render: ({ lifecycle }) => html`<${Dates} lifecycle=${lifecycle} />` },
  { key: "successor", title: "Successor", render: ({ lifecycle }) => linked(lifecycle?.successor) },
];
const none = () => html`<span class="muted">–</span>`;

const linked = (id, text = id) => (id ? html`<a href=${`/apis/${id}`}>${text}</a>` : none());

function Gone({ version: { title, lifecycle } }) {
  const { successor } = lifecycle ?? {};
  return html`<div class="callout callout-warn" role="note"><${Icon} name="warning" /><p>
    <strong>${title} is retired: calls to it are refused.</strong> ${successor && html`<a href=${`/apis/${successor}`}>Use ${successor}</a>`}
  </p></div>`;
}

function Versions({ versions }) {
  const ending = versions.some(({ lifecycle }) => lifecycle);
  const columns = [
    { key: "version", title: "Version", render: ({ id, version, state }) => (state === "retired" ? version : linked(id, version)) },
    { key: "state", title: "State", render: ({ state, lifecycle }) => html`<${LifecycleBadge} state=${state} lifecycle=${{ deprecated: lifecycle?.deprecated }} />` },
    ...(ending ? ENDING : []),
    { key: "operations", title: "Operations", align: "end", render: ({ operations }) => number(operations) },
    { key: "accepts", title: "Accepts", render: ({ accepts }) => accepted(accepts) },
  ];
  return html`<${Card} title="Versions" tight><${Table} caption="Versions" columns=${columns} rows=${versions} /><//>`;
}

function Dates({ lifecycle }) {
  const { deprecated, sunset, gone, brownouts } = lifecycle ?? {};
  const told = [["Deprecated", deprecated], ["Ends", sunset], ["Gone", gone]].filter(([, at]) => at);
  if (!told.length) return none();
  return html`<span class="dates">${told.map(([word, at]) => html`<span key=${word}>${word} <${Time} value=${at} /></span>`)}
    ${brownouts?.length > 0 && html`<span>${number(brownouts.length)} short switch-offs before</span>`}</span>`;
}

function Products({ version, catalog }) {
  const products = version.products.map((id) => catalog.products[id]).filter(Boolean);
  if (!products.length) return null;
  const about = ({ title, description }) => html`<strong>${title}</strong> · <${Nodes} nodes=${description} />`;
  return products.map((product) => html`<${Card} key=${product.title} title="Plans" subtitle=${about(product)}>
    <${Plans} plans=${product.plans.map((id) => ({ id, ...catalog.plans[id] }))} />
  <//>`);
}

function Groups({ version }) {
  const { id, operations, tags } = version;
  const counted = `${number(operations)} ${plural(operations, "operation")} in ${number(tags.length)} ${plural(tags.length, "group")}`;
  return html`<${Card} title="Reference" subtitle=${counted}>
    <ul class="groups">${tags.map(({ slug, name }) => html`<li key=${slug}>
      <a href=${`/apis/${id}/${slug}`}>${name}<${Icon} name="arrow" /></a>
    </li>`)}</ul>
  <//>`;
}

function Scorecard({ version }) {
  const { value } = load(`/content/apis/${version.id}/index.json`).value;
  if (!version.grade) return null;
  const reasons = value?.scorecard?.reasons ?? [];
  return html`<${Card} title="Quality" subtitle="How well the API's description keeps to the platform's rules.">
    <div class="scorecard"><span class="scorecard-grade"><${Grade} grade=${version.grade} /></span>
      ${reasons.length > 0
        ? html`<ul>${reasons.map((reason, at) => html`<li key=${at}>${reason}</li>`)}</ul>`
        : html`<p class="muted">Nothing was found against it.</p>`}
    </div>
  <//>`;
}

function Changes({ name }) {
  const { state, value } = load("/content/changelog.json").value;
  const own = (value ?? []).filter(({ api }) => api?.split("/")[0] === name);
  return html`<${Card} title="Changelog" actions=${html`<a href="/changelog">All changes</a>`}>
    ${state === "loading" && html`<${Loading} lines=${3} />`}
    ${state !== "loading" && !own.length && html`<p class="muted">Nothing yet.</p>`}
    <div class="log log-narrow">${own.slice(0, SHOWN).map((entry) => html`<${Entry} key=${entry.slug} entry=${entry} level=${3} />`)}</div>
  <//>`;
}
