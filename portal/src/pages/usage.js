import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Chart } from "../components/chart.js";
import { few } from "../components/scale.js";
import { Select } from "../components/field.js";
import { Empty, Failed, Loading } from "../components/states.js";
import { Tabs } from "../components/tabs.js";
import { number, plural } from "../format.js";
import { query, setQuery } from "../router.js";
import { html } from "../vendor.js";
import { useData } from "../account/data.js";
import { OfApplication } from "../account/frame.js";
import { EndingSoon, useNotices } from "../account/ending.js";
import { period as checked, periods, pointName, thisMonth } from "../account/periods.js";
import { Quotas, WhyRefused } from "../account/quotas.js";
import { Refusals } from "../account/refused.js";

const SPLITS = [
  { id: "api", title: "By API" },
  { id: "key", title: "By API key" },
  { id: "status", title: "By status" },
];

export default function Page({ params }) {
  return html`<${OfApplication} id=${params.id} section="usage" why="An application’s usage is for members of its organization.">
    ${({ application }) => html`<${Usage} application=${application} />`}
  <//>`;
}

function Usage({ application }) {
  const by = SPLITS.find(({ id }) => id === query.value.get("by"))?.id ?? "api";
  const when = checked(query.value.get("period")) ?? thisMonth();
  const usual = by === "api" && when === thisMonth();
  const path = `/applications/${application.id}`;
  const now = useData(`${path}/usage?by=api`);
  const shown = useData(usual ? null : `${path}/usage?by=${by}&period=${when}`);
  const notices = useNotices(application.organization);

  if (now.problem) return html`<${Failed} problem=${now.problem} retry=${now.reload} />`;
  if ([now, notices].some((each) => each.state === "loading")) return html`<${Card} title="Quotas"><${Loading} lines=${3} /><//>`;
  return html`<div class="sheets">
    <${WhyRefused} usage=${now.value} application=${application} />
    <${EndingSoon} application=${application} notices=${notices} />
    <${Quotas} usage=${now.value} application=${application} />
    <${Calls} calls=${usual ? now : shown} by=${by} when=${when} application=${application} />
    <${Refusals} counts=${now.value.refusals} application=${application} />
  </div>`;
}

function Calls({ calls, by, when, application }) {
  const title = when.length > 7 ? "Calls an hour" : "Calls a day";
  const options = periods(application.created, when);
  const picker = html`<${Select} label="Period" name="period" compact options=${options} value=${when} onInput=${(period) => setQuery({ period })} />`;
  return html`<${Card} title="Calls" actions=${picker}>
    <${Tabs} label="Calls, split" tabs=${SPLITS} active=${by} onSelect=${(id) => setQuery({ by: id })}>
      <${Plot} title=${title} calls=${calls} application=${application} />
    <//>
  <//>`;
}

function Plot({ title, calls, application }) {
  if (calls.problem) return html`<${Failed} problem=${calls.problem} retry=${calls.reload} />`;
  if (calls.state === "loading") return html`<div class="chart-waits"><${Loading} lines=${7} /></div>`;
  const { series, total, refused, note } = calls.value;
  if (!total) {
    return html`<${Empty}
      icon="chart"
      title="No calls in this period"
      text=${refused ? `${number(refused)} ${plural(refused, "call")} ${plural(refused, "was", "were")} refused; see below why.` : "They show here within a minute of being made."}
      action=${!refused && html`<${Button} kind="secondary" href=${`/apps/${application.id}`}>See the API keys<//>`}
    />`;
  }
  return html`<p class="total"><strong>${number(total)}</strong> ${plural(total, "call")}${refused ? html`, ${number(refused)} more ${plural(refused, "was", "were")} refused` : ""}</p>
    <${Chart} title=${title} series=${few(series)} named=${pointName} />
    ${note && html`<p class="quiet">${note}</p>`}`;
}
