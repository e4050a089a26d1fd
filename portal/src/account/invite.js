import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Field, Form, Select } from "../components/field.js";
import { Failed } from "../components/states.js";
import { Time } from "../components/time.js";
import { toast } from "../components/toast.js";
import { api } from "../api.js";
import { html } from "../vendor.js";
import { useForm } from "./form.js";
import { useIntent } from "./intent.js";
import { ROLE_OPTIONS, ROLES, roleWord } from "./roles.js";

/** Invitations that wait, and for owners the form for a new one. `list`: of `useAll(path)`. */
export function Invitations({ list, path, owner }) {
  return html`<${Card} title="Invitations">
    ${owner && html`<${Invite} path=${path} list=${list} />`}
    ${list.problem && html`<${Failed} problem=${list.problem} retry=${list.reload} />`}
    ${list.value?.length === 0 && html`<p class="quiet">No invitation waits for an answer.</p>`}
    <ul class="listing">
      ${(list.value ?? []).map((each) => html`<${Open} key=${each.id} invitation=${each} path=${path} owner=${owner} list=${list} />`)}
    </ul>
  <//>`;
}

function Invite({ path, list }) {
  const form = useForm({ email: "", role: "developer" });
  const intent = useIntent();

  async function invite({ email, role }) {
    const body = { email: email.trim(), role };
    const made = await api.post(path, { body, idempotent: intent.key(body) });
    intent.done();
    toast(made.renewed ? `${made.email} was invited before; the invitation is renewed` : `${made.email} is invited`);
    form.reset({ email: "", role });
    await list.reload();
  }

  return html`<${Form} class="form invite" onSubmit=${() => form.send(invite)} problem=${form.problem}>
    <${Field} label="Mail address" name="email" type="email" hint="They sign in with this address." required autocomplete="off" value=${form.values.email} onInput=${form.set("email")} />
    <${Select} label="Role" name="role" options=${ROLE_OPTIONS} value=${form.values.role} onInput=${form.set("role")} hint=${ROLES[form.values.role]} />
    <${Button} kind="primary" type="submit" busy=${form.busy}>Invite<//>
  <//>`;
}

function Open({ invitation, path, owner, list }) {
  const again = useForm({});
  const withdrawing = useForm({});
  const intent = useIntent();
  const { id, email, role, expires, state } = invitation;

  async function repeat() {
    const body = { email, role };
    await api.post(path, { body, idempotent: intent.key(body) });
    intent.done();
    toast(`${email} is invited again`);
    await list.reload();
  }

  async function withdraw() {
    await api.del(`${path}/${id}`);
    toast(`The invitation of ${email} is withdrawn`);
    await list.reload();
  }

  return html`<li class="listed member">
    <span class="listed-title">${email}</span>
    <${Badge} tone="neutral">${roleWord(role)}<//>
    <span class="quiet">${state === "expired" ? "Expired" : "Open until"} <${Time} value=${expires} /></span>
    ${owner && html`<span class="listed-actions">
      ${state === "expired" && html`<${Button} kind="secondary" small busy=${again.busy} label=${`Invite again: ${email}`} onClick=${() => again.send(repeat)}>Invite again<//>`}
      <${Button} kind="ghost" small busy=${withdrawing.busy} label=${`Withdraw the invitation of ${email}`} onClick=${() => withdrawing.send(withdraw)}>Withdraw<//>
    </span>`}
    ${(again.problem ?? withdrawing.problem) && html`<${Failed} problem=${again.problem ?? withdrawing.problem} />`}
  </li>`;
}
