import { Card } from "../components/card.js";
import { CopyButton } from "../components/copy.js";
import { Failed, Loading } from "../components/states.js";
import { Time } from "../components/time.js";
import { number, plural } from "../format.js";
import { toneOf } from "../http.js";
import { html } from "../vendor.js";
import { useData } from "./data.js";
import { refusalWords } from "./refusals.js";

/** Refused calls by reason: how many, what to do, and the newest with their request ids. `counts`: of this month. */
export function Refusals({ counts, application }) {
  const list = useData(`/applications/${application.id}/refusals?limit=20`);
  return html`<${Card} title="Refused calls" subtitle="The newest first. Tell support the request id when you ask about one.">
    ${list.state === "loading" ? html`<${Loading} lines=${4} />` : list.problem ? html`<${Failed} problem=${list.problem} retry=${list.reload} />` : html`<${Reasons} counts=${counts} calls=${list.value.items} application=${application} />`}
  <//>`;
}

function Reasons({ counts, calls, application }) {
  const totals = new Map(counts.map(({ reason, total }) => [reason, total]));
  const reasons = [...new Set([...calls.map((each) => each.reason), ...totals.keys()])];
  if (!reasons.length) return html`<p class="quiet">None. Every call was let through.</p>`;
  return reasons.map((reason) => html`<${Reason} key=${reason} reason=${reason} total=${totals.get(reason)} calls=${calls.filter((each) => each.reason === reason)} application=${application} />`);
}

function Reason({ reason, total, calls, application }) {
  const { title, next, go } = refusalWords(reason);
  const api = calls.find((each) => each.api)?.api;
  const href = { plan: `/apps/${application.id}/plan`, keys: `/apps/${application.id}`, reference: api && `/apis/${api}` }[go];
  const word = { plan: "Compare plans", keys: "See the API keys", reference: "Open the reference" }[go];
  return html`<section class="reason">
    <h3>${title}${total && html` <span class="quiet">${number(total)} ${plural(total, "call")} this month</span>`}</h3>
    <p>${next} ${href && html`<a href=${href}>${word}</a>`}</p>
    <ul class="refused">${calls.map((each) => html`<${Refused} key=${each.request_id} call=${each} />`)}</ul>
  </section>`;
}

function Refused({ call }) {
  const { status, method, operation, path, api, time, request_id: request } = call;
  const key = call.credential_name || call.credential;
  return html`<li class="refused-call">
    <span class=${`http http-${toneOf(status)}`}>${status}</span>
    <span class="refused-what"><code>${method} ${path ?? operation}</code><span class="quiet">${[api, key && `key ${key}`].filter(Boolean).join(", ")}</span></span>
    <span class="refused-which">
      <${Time} value=${time} relative clock />
      <span class="refused-id"><code>${request}</code> <${CopyButton} text=${request} label="Copy request id" compact /></span>
    </span>
  </li>`;
}
