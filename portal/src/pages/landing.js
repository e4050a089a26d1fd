import { Button } from "../components/button.js";
import { ApiCard } from "../components/api-card.js";
import { Icon } from "../components/icons.js";
import { PageHeader } from "../components/layout.js";
import { Nodes } from "../components/nodes.js";
import { Search } from "../components/search.js";
import { Empty, Failed, Loading } from "../components/states.js";
import { load } from "../content.js";
import { plural } from "../format.js";
import { immediate } from "../limits.js";
import { query, setQuery } from "../router.js";
import { session } from "../session.js";
import { html } from "../vendor.js";

const STATES = [["", "All"], ["published", "Published"], ["deprecated", "Deprecated"], ["retired", "Retired"]];

/** Each API version that has a card: the newest of an API, and others that are still served. */
function carded(apis) {
  const shown = (versions) => versions.filter(({ state }, at) => at === 0 || state !== "retired");
  return apis.flatMap(({ category, versions }) => shown(versions).map((version) => ({ category, version })));
}

export default function Landing() {
  const { value, error, retry } = load("/content/catalog.json").value;
  if (error) return html`<${Failed} problem=${error} retry=${retry} level=${1} />`;
  if (!value) return html`<${Waiting} />`;
  const { portal, apis, plans } = value;
  return html`<div class="hero">
      <${PageHeader} title=${portal.headline ?? portal.name} label=${portal.name} subtitle=${html`<${Nodes} nodes=${portal.intro} />`} />
      <div class="actions">${session.value ? html`<${Own} />` : html`<${Ways} portal=${portal} plans=${plans} />`}</div>
    </div>
    <${Catalogue} cards=${carded(apis)} plans=${plans} />`;
}

/** How somebody begins who has not signed in. */
function Ways({ portal, plans }) {
  const free = Object.values(plans).some((plan) => immediate(plan) && Number(plan.price?.amount) === 0);
  return html`<${Button} kind="primary" href="/start">${free ? "Get a free key" : "Get a key"}<//>
    ${portal.try && html`<${Button} href=${`/apis/${portal.try.apis[0]}`}>Try a call without signing up <${Icon} name="arrow" /><//>`}`;
}

function Own() {
  return html`<${Button} kind="primary" href="/apps">Your applications<//><${Button} href="/start">New application<//>`;
}

function Catalogue({ cards, plans }) {
  const wanted = query.value.get("state") ?? "";
  const states = STATES.filter(([state]) => !state || cards.some(({ version }) => version.state === state));
  const shown = cards.filter(({ version }) => !wanted || version.state === wanted);
  return html`<section class="catalogue" aria-labelledby="catalogue-title">
    <h2 id="catalogue-title" class="visually-hidden">APIs</h2>
    <div class="catalogue-bar">
      <${Search} large />
      ${states.length > 2 && html`<div class="segments" role="group" aria-label="Show APIs">
        ${states.map(([state, title]) => html`<button key=${state} type="button" aria-pressed=${state === wanted}
          onClick=${() => setQuery({ state })}>${title}</button>`)}
      </div>`}
    </div>
    <p class="visually-hidden" role="status">${wanted ? `${shown.length} ${plural(shown.length, "API")}` : ""}</p>
    <${Cards} cards=${shown} plans=${plans} wanted=${wanted} />
  </section>`;
}

function Cards({ cards, plans, wanted }) {
  if (cards.length) {
    return html`<ul class="cards">${cards.map(({ category, version }) => html`<li key=${version.id}>
      <${ApiCard} category=${category} version=${version} plans=${plans} />
    </li>`)}</ul>`;
  }
  if (!wanted) return html`<${Empty} title="No APIs yet" text="Those that are published appear here." />`;
  const action = html`<${Button} onClick=${() => setQuery({ state: "" })}>Show all<//>`;
  return html`<${Empty} icon="search" title=${`No ${wanted} APIs`} action=${action} />`;
}

function Waiting() {
  return html`<h1 class="visually-hidden" tabindex="-1">APIs</h1>
    <div class="hero hero-waiting" aria-hidden="true"><div class="skeleton" /><div class="skeleton" /><div class="skeleton" /></div>
    <${Loading} lines=${0} />
    <div class="cards" aria-hidden="true">${[0, 1, 2].map((each) => html`<div key=${each} class="card skeleton-card" />`)}</div>`;
}
