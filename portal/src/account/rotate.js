import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Form, Select } from "../components/field.js";
import { api } from "../api.js";
import { dateTime } from "../format.js";
import { html } from "../vendor.js";
import { useForm } from "./form.js";
import { useIntent } from "./intent.js";
import { endAfter, ENDS, graceEnd } from "./keys.js";

const GRACES = [
  { value: "1", label: "1 hour" },
  { value: "24", label: "24 hours" },
  { value: "72", label: "3 days" },
  { value: "168", label: "7 days" },
  { value: "0", label: "None: stop the old key at once" },
];

/** Asks how long the old key goes on; `made` gets the new key, and the old one in `replaced`. */
export function Rotate({ application, credential, made, close }) {
  const form = useForm({ grace: "24", days: "365" });
  const intent = useIntent();
  const hours = Number(form.values.grace);

  async function rotate({ grace, days }) {
    const body = { grace_hours: Number(grace), ...(credential.expires && { expires: endAfter(days) }) };
    const path = `/applications/${application.id}/credentials/${credential.id}/rotate`;
    made(await api.post(path, { body, idempotent: intent.key(body) }));
  }

  const actions = html`<${Button} kind="secondary" onClick=${close}>Cancel<//>
    <${Button} kind="primary" type="submit" form="rotate" busy=${form.busy}>Rotate key<//>`;
  return html`<${Dialog} open title=${`Rotate “${credential.name}”`} onClose=${close} actions=${actions}>
    <${Form} id="rotate" onSubmit=${() => form.send(rotate)} problem=${form.problem}>
      <p>You get a new key with the same name and scopes. Quotas go on counting as they stand.</p>
      <${Select} label="Old key goes on for" autofocus name="grace_hours" options=${GRACES} value=${form.values.grace} onInput=${form.set("grace")} />
      <p class="rotate-end" role="status">
        ${hours
          ? html`Both keys work until <strong>${dateTime(graceEnd(hours))}</strong>; after that only the new one.`
          : html`<strong>The old key stops at once.</strong> Calls that still send it are refused.`}
      </p>
      ${credential.expires && html`<${Select} label="New key ends after" name="expires" options=${ENDS} value=${form.values.days} onInput=${form.set("days")} />`}
    <//>
  <//>`;
}
