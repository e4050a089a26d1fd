import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Dialog } from "../components/dialog.js";
import { Form, Select } from "../components/field.js";
import { Failed, Loading } from "../components/states.js";
import { Time } from "../components/time.js";
import { toast } from "../components/toast.js";
import { api } from "../api.js";
import { navigate } from "../router.js";
import { html, useState } from "../vendor.js";
import { Confirm } from "./confirm.js";
import { useForm } from "./form.js";
import { renewMe } from "./me.js";
import { ROLE_OPTIONS, ROLES, roleWord } from "./roles.js";

/** Who belongs to an organization; owners change roles and remove, everybody can leave. `list`: of `useAll`. */
export function Members({ list, organization, name, owner }) {
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const path = `/organizations/${organization}/members`;
  return html`<${Card} title="Members">
    ${list.state === "loading" && html`<${Loading} lines=${3} />`}
    ${list.problem && html`<${Failed} problem=${list.problem} retry=${list.reload} />`}
    <ul class="listing">
      ${(list.value ?? []).map((each) => html`<${Member} key=${each.id} member=${each} owner=${owner} open=${setOpen} />`)}
    </ul>
    ${open?.what === "role" && html`<${ChangeRole} member=${open.member} path=${path} list=${list} close=${close} />`}
    ${open?.what === "remove" && html`<${Remove} member=${open.member} path=${path} name=${name} list=${list} close=${close} />`}
  <//>`;
}

function Member({ member, owner, open }) {
  return html`<li class="listed member">
    <span class="listed-title">${member.email} ${member.you && html`<${Badge} tone="info">You<//>`}</span>
    <${Badge} tone="neutral">${roleWord(member.role)}<//>
    <span class="quiet">Since <${Time} value=${member.joined} /></span>
    <span class="listed-actions">
      ${owner && html`<${Button} kind="ghost" small label=${`Change role of ${member.email}`} onClick=${() => open({ what: "role", member })}>Change role<//>`}
      ${(owner || member.you) && html`<${Button} kind="ghost" small label=${member.you ? "Leave the organization" : `Remove ${member.email}`} onClick=${() => open({ what: "remove", member })}>${member.you ? "Leave" : "Remove"}<//>`}
    </span>
  </li>`;
}

function ChangeRole({ member, path, list, close }) {
  const form = useForm({ role: member.role });

  async function change({ role }) {
    const changed = await api.patch(`${path}/${member.id}`, { body: { role }, etag: `"${member.version}"` });
    toast(`${member.email} is ${roleWord(changed.role)} now`);
    await Promise.all([list.reload(), member.you && renewMe()]);
    close();
  }

  const actions = html`<${Button} kind="secondary" onClick=${close}>Cancel<//>
    <${Button} kind="primary" type="submit" form="change-role" busy=${form.busy}>Change role<//>`;
  return html`<${Dialog} open title="Change role" onClose=${close} actions=${actions}>
    <p>${member.email} is ${roleWord(member.role)}.</p>
    <${Form} id="change-role" onSubmit=${() => form.send(change)} problem=${form.problem}>
      <${Select} label="Role" name="role" autofocus options=${ROLE_OPTIONS} value=${form.values.role} onInput=${form.set("role")} hint=${ROLES[form.values.role]} />
    <//>
  <//>`;
}

function Remove({ member, path, name, list, close }) {
  async function act() {
    await api.del(`${path}/${member.id}`, { etag: `"${member.version}"` });
    toast(member.you ? `You left ${name}` : `${member.email} is removed`);
    if (!member.you) return list.reload();
    await renewMe();
    navigate("/apps");
    return null;
  }
  return html`<${Confirm} title=${member.you ? `Leave ${name}?` : `Remove ${member.email}?`} action=${member.you ? "Leave" : "Remove"} act=${act} close=${close}>
    <p>${member.you ? "You no longer see its applications, and only an owner can invite you again." : `They no longer see anything of ${name}. API keys that they made keep working; rotate those that they know.`}</p>
  <//>`;
}
