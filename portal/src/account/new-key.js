import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Field, Form, Select } from "../components/field.js";
import { api } from "../api.js";
import { load } from "../content.js";
import { html } from "../vendor.js";
import { useForm } from "./form.js";
import { useIntent } from "./intent.js";
import { endAfter, ENDS, scopesOf } from "./keys.js";
import { Scopes } from "./scopes.js";

/** Asks for the name of a new API key, its end and its scopes; `made` gets the answer with the key in it. */
export function NewKey({ application, made, close }) {
  const form = useForm({ name: "", days: "", scopes: null });
  const intent = useIntent();
  const catalog = load("/content/catalog.json").value.value;
  const known = catalog ? scopesOf(catalog, application.subscriptions.map((each) => each.product)) : [];

  async function create({ name, days, scopes }) {
    const body = { name: name.trim(), ...(days && { expires: endAfter(days) }), ...(scopes && { scopes }) };
    made(await api.post(`/applications/${application.id}/credentials`, { body, idempotent: intent.key(body) }));
  }

  const actions = html`<${Button} kind="secondary" onClick=${close}>Cancel<//>
    <${Button} kind="primary" type="submit" form="new-key" busy=${form.busy}>Create key<//>`;
  return html`<${Dialog} open title="Create an API key" onClose=${close} actions=${actions}>
    <${Form} id="new-key" onSubmit=${() => form.send(create)} problem=${form.problem}>
      <${Field} label="Name" name="name" autofocus hint="Where it will be used, such as Production." required most=${100} value=${form.values.name} onInput=${form.set("name")} />
      <${Select} label="Ends after" name="expires" options=${ENDS} value=${form.values.days} onInput=${form.set("days")} />
      ${known.length > 0 && html`<${Scopes} known=${known} value=${form.values.scopes} onInput=${form.set("scopes")} />`}
    <//>
  <//>`;
}
