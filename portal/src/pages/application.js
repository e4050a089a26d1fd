import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { html, useState } from "../vendor.js";
import { api } from "../api.js";
import { Badge } from "../components/badge.js";
import { Time } from "../components/time.js";
import { toast } from "../components/toast.js";
import { load } from "../content.js";
import { plural } from "../format.js";
import { navigate } from "../router.js";
import { Confirm } from "../account/confirm.js";
import { Credentials } from "../account/credentials.js";
import { useAll } from "../account/data.js";
import { OfApplication } from "../account/frame.js";
import { works } from "../account/keys.js";
import { choose } from "../account/me.js";
import { RequestState } from "../account/request.js";
import { may, roleWord } from "../account/roles.js";

export default function Page({ params }) {
  return html`<${OfApplication} id=${params.id} section="" why="An application’s API keys are for members of its organization.">
    ${({ application }) => html`<${Overview} application=${application} />`}
  <//>`;
}

function Overview({ application }) {
  const list = useAll(`/applications/${application.id}/credentials`);
  return html`<div class="sheets">
    <${Credentials} application=${application} list=${list} />
    ${list.state !== "loading" && html`<${Subscriptions} application=${application} />
    <${About} application=${application} />
    ${may(application.role, "developer") && html`<${Danger} application=${application} keys=${list.value?.filter((each) => each.kind === "key" && works(each)).length ?? 0} />`}`}
  </div>`;
}

function Subscriptions({ application }) {
  const catalog = load("/content/catalog.json").value.value;
  const edit = html`<${Button} kind="secondary" href=${`/apps/${application.id}/plan`}>Compare plans<//>`;
  if (!application.subscriptions.length) {
    return html`<${Card} title="Plans" actions=${edit}><p class="quiet">No plan yet, so every call is refused. Choose one to start calling.</p><//>`;
  }
  return html`<${Card} title="Plans" actions=${edit}>
    <ul class="listing">
      ${application.subscriptions.map((each) => html`<li key=${each.id} class="listed">
        <span class="listed-title">${catalog?.products[each.product]?.title ?? each.product}</span>
        <span>Plan <strong>${catalog?.plans[each.plan]?.title ?? each.plan}</strong></span>
        ${each.state === "suspended" && html`<${Badge} tone="bad" dot>Suspended<//>`}
        ${each.override && html`<${Badge} tone="info">Raised limits${each.override.until ? html` until <${Time} value=${each.override.until} />` : ""}<//>`}
        ${each.request && html`<${RequestState} request=${each.request} catalog=${catalog} />`}
      </li>`)}
    </ul>
  <//>`;
}

function About({ application }) {
  return html`<${Card} title="About">
    <dl class="about">
      <div><dt>Application id</dt><dd><code>${application.id}</code></dd></div>
      <div><dt>Created</dt><dd><${Time} value=${application.created} /></dd></div>
      <div><dt>Your role</dt><dd>${roleWord(application.role)}</dd></div>
      <div><dt>Who can see it</dt><dd><a href="/organization" onClick=${() => choose(application.organization)}>Members of its organization</a></dd></div>
    </dl>
  <//>`;
}

function Danger({ application, keys }) {
  const [asking, setAsking] = useState(false);
  async function act() {
    await api.del(`/applications/${application.id}`, { etag: `"${application.version}"` });
    toast(`${application.name} is deleted`);
    navigate("/apps");
  }
  return html`<section class="danger" aria-labelledby="danger">
    <div>
      <h2 id="danger">Delete this application</h2>
      <p>Its API keys and plans go with it, and calls with them are refused. This cannot be taken back.</p>
    </div>
    <${Button} kind="danger" onClick=${() => setAsking(true)}>Delete application<//>
    ${asking && html`<${Confirm} title=${`Delete “${application.name}”?`} action="Delete application" typed=${application.name} act=${act} close=${() => setAsking(false)}>
      <p>${keys ? html`<strong>${keys} API ${plural(keys, "key")}</strong> and all` : "All"} its plans go with it. Calls are refused within a minute.</p>
    <//>`}
  </section>`;
}
