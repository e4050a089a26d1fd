import { Card } from "../components/card.js";
import { CopyButton } from "../components/copy.js";
import { Failed, Loading } from "../components/states.js";
import { Time } from "../components/time.js";
import { number } from "../format.js";
import { html } from "../vendor.js";
import { useData } from "./data.js";
import { Near } from "./near.js";
import { refusalWords } from "./refusals.js";

/** The newest refused calls with their request ids, and what to do about each. */
export function Refusals({ counts, application }) {
  const sums = [...counts].sort((a, b) => b.total - a.total).slice(0, 4);
  return html`<${Card} title="Refused calls" subtitle="The newest first. Tell support the request id when you ask about one.">
    ${sums.length > 0 && html`<ul class="sums">
      ${sums.map(({ reason, total }) => html`<li key=${reason}><strong>${number(total)}</strong> ${lowered(refusalWords(reason).title)}</li>`)}
    </ul>`}
    <${Near} waiting=${html`<${Loading} lines=${4} />`}>${() => html`<${Newest} application=${application} />`}<//>
  <//>`;
}

const lowered = (words) => words[0].toLowerCase() + words.slice(1);

function Newest({ application }) {
  const list = useData(`/applications/${application.id}/refusals?limit=20`);
  if (list.state === "loading") return html`<${Loading} lines=${4} />`;
  if (list.problem) return html`<${Failed} problem=${list.problem} retry=${list.reload} />`;
  const { items } = list.value;
  if (!items.length) return html`<p class="quiet">None. Every call was let through.</p>`;
  return html`<ul class="refused">
    ${items.map((each) => html`<${Refused} key=${each.request_id} call=${each} application=${application} />`)}
  </ul>`;
}

function Refused({ call, application }) {
  const { title, next, go } = refusalWords(call.reason);
  const href = { plan: `/apps/${application.id}/plan`, keys: `/apps/${application.id}`, reference: call.api && `/apis/${call.api}` }[go];
  const word = { plan: "Compare plans", keys: "See the API keys", reference: "Open the reference" }[go];
  return html`<li class="refused-call">
    <span class=${`http-status http-status-${Math.floor(call.status / 100)}`}>${call.status}</span>
    <div class="refused-what">
      <p><strong>${title}.</strong> ${next} ${href && html`<a href=${href}>${word}</a>`}</p>
      <p class="quiet">
        <code>${call.method}${call.operation ? ` ${call.operation}` : ""}</code>${call.api ? html` · ${call.api}` : ""}${call.credential ? html` · key <code>${call.credential}</code>` : ""}
      </p>
    </div>
    <div class="refused-which">
      <${Time} value=${call.time} relative />
      <span class="refused-id"><code>${call.request_id}</code> <${CopyButton} text=${call.request_id} label="Copy request id" compact /></span>
    </div>
  </li>`;
}
