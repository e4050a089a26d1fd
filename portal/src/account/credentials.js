import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Empty, Failed, Loading } from "../components/states.js";
import { Time } from "../components/time.js";
import { toast } from "../components/toast.js";
import { api } from "../api.js";
import { dateTime } from "../format.js";
import { html, useState } from "../vendor.js";
import { Confirm } from "./confirm.js";
import { keyState, works } from "./keys.js";
import { NewKey } from "./new-key.js";
import { may } from "./roles.js";
import { Rotate } from "./rotate.js";
import { SecretDialog } from "./secret.js";

/** The API keys and OAuth clients of an application, and what can be done with them. `list`: of `useData`. */
export function Credentials({ application, list }) {
  const [open, setOpen] = useState(null);
  const changes = may(application.role, "developer");
  const close = () => setOpen(null);

  function made(credential) {
    setOpen({ what: "secret", credential });
    list.reload();
  }

  return html`<${Card}
    title="API keys"
    actions=${changes && html`<${Button} kind="primary" onClick=${() => setOpen({ what: "create" })}>Create key<//>`}
  >
    <${Body} list=${list} changes=${changes} open=${setOpen} />
    ${open?.what === "create" && html`<${NewKey} application=${application} made=${made} close=${close} />`}
    ${open?.what === "rotate" && html`<${Rotate} application=${application} credential=${open.credential} made=${made} close=${close} />`}
    ${open?.what === "secret" && html`<${SecretDialog} made=${open.credential} application=${application.name} close=${close}><${Replaced} made=${open.credential} /><//>`}
    ${open?.what === "revoke" && html`<${Revoke} application=${application} credential=${open.credential} list=${list} close=${close} />`}
    ${open?.what === "delete" && html`<${Delete} application=${application} credential=${open.credential} list=${list} close=${close} />`}
  <//>`;
}

function Body({ list, changes, open }) {
  if (list.state === "loading") return html`<${Loading} lines=${4} />`;
  if (list.problem) return html`<${Failed} problem=${list.problem} retry=${list.reload} />`;
  const items = list.value;
  if (!items.length) {
    const text = changes ? "Create one to make your first call." : "A developer or an owner of the organization can create one.";
    return html`<${Empty} icon="key" title="No API keys yet" text=${text} />`;
  }
  return html`<ul class="keys">
    ${items.map((credential) => html`<${Key} key=${credential.id} credential=${credential} changes=${changes} open=${open} />`)}
  </ul>`;
}

function Key({ credential, changes, open }) {
  const { tone, text } = keyState(credential.state);
  return html`<li class=${works(credential) ? "key" : "key key-over"}>
    <div class="key-what">
      <span class="key-name">${credential.name || "Unnamed"}</span>
      <${Badge} tone=${tone} dot>${text}<//>
      ${credential.kind === "client" && html`<${Badge} tone="neutral">OAuth client<//>`}
      <code class="key-hint">${credential.hint ?? credential.client_id ?? credential.id}</code>
    </div>
    <dl class="key-facts">
      <div><dt>Last used</dt><dd>${credential.last_used ? html`<${Time} value=${credential.last_used} relative />` : "Not lately"}</dd></div>
      ${credential.state !== "revoked" && html`<div><dt>${credential.state === "expired" ? "Ended" : "Ends"}</dt><dd>${credential.expires ? html`<${Time} value=${credential.expires} />` : "No end"}</dd></div>`}
      ${credential.scopes && html`<div><dt>Scopes</dt><dd>${credential.scopes.join(", ") || "None"}</dd></div>`}
    </dl>
    ${changes && html`<${Actions} credential=${credential} open=${open} />`}
    ${credential.state === "replaced" && html`<p class="key-note">Replaced; works until <strong>${dateTime(credential.expires)}</strong>. Move your calls to the new key before then.</p>`}
  </li>`;
}

function Actions({ credential, open }) {
  const act = (what) => () => open({ what, credential });
  const named = credential.name || credential.id;
  return html`<div class="key-actions">
    ${credential.kind === "key" && credential.state === "active" && html`<${Button} kind="secondary" small label=${`Rotate ${named}`} onClick=${act("rotate")}>Rotate<//>`}
    ${credential.state === "revoked" || credential.state === "expired"
      ? html`<${Button} kind="ghost" small label=${`Delete ${named}`} onClick=${act("delete")}>Delete<//>`
      : html`<${Button} kind="ghost" small label=${`Revoke ${named}`} onClick=${act("revoke")}>Revoke<//>`}
  </div>`;
}

function Replaced({ made }) {
  if (!made.replaced) return null;
  return html`<p class="rotate-end">
    ${made.replaced.state === "replaced"
      ? html`The old key works until <strong>${dateTime(made.replaced.expires)}</strong>. Both count on the same quota.`
      : html`The old key has <strong>stopped working</strong>.`}
  </p>`;
}

function Revoke({ application, credential, list, close }) {
  async function act() {
    await api.post(`/applications/${application.id}/credentials/${credential.id}/revoke`);
    toast(`${credential.name || credential.id} is revoked`);
    await list.reload();
  }
  return html`<${Confirm} title=${`Revoke “${credential.name || credential.id}”?`} action="Revoke" typed="revoke" act=${act} close=${close}>
    <p>Calls with it are refused for good, everywhere within a minute. To change keys without an outage, rotate it instead.</p>
  <//>`;
}

function Delete({ application, credential, list, close }) {
  async function act() {
    await api.del(`/applications/${application.id}/credentials/${credential.id}`);
    toast(`${credential.name || credential.id} is deleted`);
    await list.reload();
  }
  return html`<${Confirm} title=${`Delete “${credential.name || credential.id}”?`} action="Delete" act=${act} close=${close}>
    <p>It works no longer; this takes it off the list.</p>
  <//>`;
}
