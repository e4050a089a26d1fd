import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Meter } from "../components/meter.js";
import { Empty, Failed, Loading } from "../components/states.js";
import { load } from "../content.js";
import { number, plural } from "../format.js";
import { html } from "../vendor.js";
import { Banner } from "../account/banner.js";
import { useAll, useData } from "../account/data.js";
import { endWords, useNotices } from "../account/ending.js";
import { forecastWords, fullest, warning } from "../account/forecast.js";
import { OfOrganization } from "../account/frame.js";
import { windowTitle } from "../account/limits.js";
import { RequestState } from "../account/request.js";
import { may } from "../account/roles.js";

export default function Page() {
  return html`<${OfOrganization}
    title="Applications"
    subtitle=${(organization) => `What ${organization.name} calls APIs with.`}
    why="Sign in to see your applications, their API keys and their usage."
    actions=${(organization) => may(organization.role, "developer") && html`<${Button} kind="primary" href="/start">New application<//>`}
  >
    ${(organization) => html`<${Applications} key=${organization.id} organization=${organization} />`}
  <//>`;
}

function Applications({ organization }) {
  const path = `/organizations/${organization.id}`;
  const list = useAll(`${path}/applications`);
  const usage = useData(`${path}/usage?by=application`);
  const notices = useNotices(organization.id);
  if ([list, usage, notices].some((each) => each.state === "loading")) return html`<${Loading} lines=${8} />`;
  if (list.problem) return html`<${Failed} problem=${list.problem} retry=${list.reload} />`;
  if (!list.value.length) return html`<${None} organization=${organization} />`;
  return html`<div class="sheets">
    <${Ending} notices=${notices.value?.items ?? []} />
    <ul class="apps">
      ${list.value.map((each) => html`<${Application} key=${each.id} application=${each} usage=${usage} notices=${notices.value?.items ?? []} />`)}
    </ul>
  </div>`;
}

function None({ organization }) {
  const changes = may(organization.role, "developer");
  return html`<${Empty}
    icon="grid"
    title="No applications yet"
    text=${changes ? "An application holds API keys and a plan. The first one takes a minute." : "Your role is viewer. A developer or an owner can register the first one."}
    action=${changes && html`<${Button} kind="primary" href="/start">New application<//>`}
  />`;
}

function Ending({ notices }) {
  const touched = notices.filter((each) => each.calls > 0);
  if (!touched.length) return null;
  return html`<${Banner} tone="warn" title=${endWords(touched[0])} action=${html`<${Button} kind="secondary" href="/notices">See notices<//>`}>
    ${number(touched[0].calls)} of your calls in the last 7 days went there${touched.length > 1 ? `, and ${touched.length - 1} more ${plural(touched.length - 1, "version")} that you call will end` : ""}.
  <//>`;
}

function Application({ application, usage, notices }) {
  const subscriptions = (usage.value?.subscriptions ?? []).filter((each) => each.application === application.id);
  const month = usage.value?.series.find((each) => each.name === application.id)?.total ?? 0;
  const ends = notices.filter((each) => each.applications.some((one) => one.id === application.id && one.calls > 0));
  return html`<li class="app">
    <div class="app-head">
      <h2><a class="app-link" href=${`/apps/${application.id}`}>${application.name}</a></h2>
      ${application.state === "suspended" && html`<${Badge} tone="bad" dot>Suspended<//>`}
      ${ends.map((each) => html`<${Badge} key=${each.api} tone="warn" dot>${each.api} ends<//>`)}
      <${Plans} application=${application} />
    </div>
    <div>
      ${usage.state === "loading" ? html`<${Loading} lines=${2} />` : usage.problem ? html`<p class="quiet">Usage is not known at the moment.</p>` : html`<${Quota} subscriptions=${subscriptions} />`}
    </div>
    <dl class="app-facts">
      <div><dt>Calls this month</dt><dd>${usage.value ? number(month) : "–"}</dd></div>
    </dl>
    <div class="app-ways">
      <a href=${`/apps/${application.id}/usage`} aria-label=${`Usage of ${application.name}`}>Usage</a>
      <a href=${`/apps/${application.id}/plan`} aria-label=${`Plan of ${application.name}`}>Plan</a>
    </div>
  </li>`;
}

function Plans({ application }) {
  const catalog = load("/content/catalog.json").value.value;
  if (!application.subscriptions.length) return html`<${Badge} tone="neutral">No plan<//>`;
  return application.subscriptions.map((each) => html`<span class="app-plan" key=${each.id}>
    <${Badge} tone="neutral">${catalog?.plans[each.plan]?.title ?? each.plan}<//>
    ${each.request && html`<${RequestState} request=${each.request} catalog=${catalog} />`}
  </span>`);
}

/** The fullest quota, named by its product where there are several. */
function Quota({ subscriptions }) {
  const found = fullest(subscriptions);
  if (!found) return html`<p class="quiet">${subscriptions.length ? "No quota." : "No plan, so calls are refused."}</p>`;
  const { window, subscription } = found;
  const { tone } = forecastWords(window, subscription.forecast);
  const product = load("/content/catalog.json").value.value?.products[subscription.product]?.title ?? subscription.product;
  const label = subscriptions.length > 1 ? `${product}, ${windowTitle(window.window).toLowerCase()}` : windowTitle(window.window);
  return html`<${Meter} label=${label} value=${window.used} max=${window.limit} tone=${tone} note=${warning(window, subscription.forecast)} />`;
}
