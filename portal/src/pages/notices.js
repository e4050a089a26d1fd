import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Empty, Failed, Loading } from "../components/states.js";
import { Table } from "../components/table.js";
import { Time } from "../components/time.js";
import { date, dateTime, number, time } from "../format.js";
import { html } from "../vendor.js";
import { useData } from "../account/data.js";
import { endWords, moveTo } from "../account/ending.js";
import { OfOrganization } from "../account/frame.js";

export default function Page() {
  return html`<${OfOrganization}
    title="Notices"
    subtitle=${() => "API versions that end and that you are subscribed to, with your calls of the last 7 days."}
    why="Sign in to see which endings touch your own calls."
  >
    ${(organization) => html`<${Notices} key=${organization.id} organization=${organization} />`}
  <//>`;
}

function Notices({ organization }) {
  const list = useData(`/organizations/${organization.id}/notices`);
  if (list.state === "loading") return html`<${Loading} lines=${6} />`;
  if (list.problem) return html`<${Failed} problem=${list.problem} retry=${list.reload} />`;
  const { items } = list.value;
  if (!items.length) {
    return html`<${Empty} icon="check" title="Nothing that you use is about to end" text="New and ending versions are told in the changelog." action=${html`<${Button} kind="secondary" href="/changelog">Changelog<//>`} />`;
  }
  return html`<div class="sheets">${items.map((each) => html`<${Notice} key=${each.api} notice=${each} />`)}</div>`;
}

function Notice({ notice }) {
  const used = notice.applications.filter((each) => each.calls > 0).sort((a, b) => b.calls - a.calls);
  const go = html`<${Button} kind="primary" href=${moveTo(notice)}>${notice.guide ? "How to move" : notice.successor ? `See ${notice.successor}` : "See the API"}<//>`;
  return html`<${Card} title=${endWords(notice).replace(/\.$/, "")} subtitle=${urgency(notice, used.length)} actions=${go}>
    <dl class="about">
      ${notice.deprecated && html`<div><dt>Deprecated</dt><dd><${Time} value=${notice.deprecated} /></dd></div>`}
      ${notice.sunset && html`<div><dt>Ends</dt><dd><${Time} value=${notice.sunset} /></dd></div>`}
      ${notice.successor && html`<div><dt>Successor</dt><dd><a href=${`/apis/${notice.successor.split("/")[0]}`}>${notice.successor}</a></dd></div>`}
      <div><dt>Your calls, 7 days</dt><dd>${number(notice.calls)}</dd></div>
    </dl>
    ${used.length > 0 && html`<${Table} caption=${`Calls to ${notice.api} by application`} columns=${COLUMNS} rows=${used} />`}
    ${notice.brownouts.length > 0 && html`<${Brownouts} brownouts=${notice.brownouts} />`}
  <//>`;
}

function urgency({ days_left: left, calls }, applications) {
  if (!calls) return "None of your applications called it in the last 7 days.";
  const who = applications === 1 ? "One application still calls it" : `${number(applications)} applications still call it`;
  if (left === null) return `${who}.`;
  return `${who}, and ${left === 1 ? "1 day is" : `${number(Math.max(0, left))} days are`} left.`;
}

/** `1 Feb 2027, 15:10 to 16:10 UTC`; both days where they differ. */
function span(start, end) {
  if (date(start) !== date(end)) return `${dateTime(start)} to ${dateTime(end)}`;
  return `${dateTime(start).replace(/ UTC$/, "")} to ${time(end)}`;
}

const COLUMNS = [
  { key: "name", title: "Application", render: ({ id, name }) => html`<a href=${`/apps/${id}/usage`}>${name}</a>` },
  { key: "calls", title: "Calls", align: "end", render: ({ calls }) => number(calls) },
];

function Brownouts({ brownouts }) {
  return html`<div class="brownouts">
    <h3>Planned brownouts</h3>
    <p class="quiet">In these hours calls are refused on purpose, so that nobody learns of the end on its day.</p>
    <ul class="plain">${brownouts.map(({ start, end }) => html`<li key=${start}>${span(start, end)}</li>`)}</ul>
  </div>`;
}
