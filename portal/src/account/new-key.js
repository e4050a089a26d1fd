import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Field, Form, Select } from "../components/field.js";
import { api } from "../api.js";
import { html } from "../vendor.js";
import { useForm } from "./form.js";
import { useIntent } from "./intent.js";

const ENDS = [
  { value: "", label: "No end" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
];

/** Asks for the name of a new API key, its end and its scopes; `made` gets the answer with the key in it. */
export function NewKey({ application, made, close }) {
  const form = useForm({ name: "", days: "", scopes: "" });
  const intent = useIntent();

  async function create({ name, days, scopes }) {
    const listed = scopes.split(/[\s,]+/).filter(Boolean);
    const body = { name: name.trim(), ...(days && { expires: endOfDay(days) }), ...(listed.length && { scopes: listed }) };
    made(await api.post(`/applications/${application.id}/credentials`, { body, idempotent: intent.key(body) }));
  }

  const actions = html`<${Button} kind="secondary" onClick=${close}>Cancel<//>
    <${Button} kind="primary" type="submit" form="new-key" busy=${form.busy}>Create key<//>`;
  return html`<${Dialog} open title="Create an API key" onClose=${close} actions=${actions}>
    <${Form} id="new-key" onSubmit=${() => form.send(create)} problem=${atFields(form.problem)}>
      <${Field} label="Name" name="name" autofocus hint="Where it will be used, such as Production." required maxlength="100" value=${form.values.name} onInput=${form.set("name")} />
      <${Select} label="Ends after" name="expires" options=${ENDS} value=${form.values.days} onInput=${form.set("days")} />
      <${Field} label="Scopes" name="scopes" hint="Leave empty for all that the plan covers, or list some, such as accounts:read." value=${form.values.scopes} onInput=${form.set("scopes")} />
    <//>
  <//>`;
}

/** The same text all day, so that sending it again is the same request. */
function endOfDay(days) {
  const end = new Date(Date.now() + Number(days) * 86_400_000);
  return `${end.toISOString().slice(0, 10)}T00:00:00Z`;
}

/** Faults of one scope of the list are those of the field that it is typed in. */
function atFields(problem) {
  if (!problem?.errors) return problem;
  return { ...problem, errors: problem.errors.map((each) => ({ ...each, field: each.field.split(".")[0] })) };
}
