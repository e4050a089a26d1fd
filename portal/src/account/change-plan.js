import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Form, Textarea } from "../components/field.js";
import { toast } from "../components/toast.js";
import { api } from "../api.js";
import { limitLines } from "../limits.js";
import { html } from "../vendor.js";
import { useForm } from "./form.js";
import { useIntent } from "./intent.js";
import { UpgradeText } from "./request.js";

/** Confirms a change to a plan, or takes the note for those who decide about it. */
export function ChangePlan({ plan, product, title, application, subscription, changed, close }) {
  const form = useForm({ note: "" });
  const intent = useIntent();

  async function send({ note }) {
    const wish = { plan: plan.id, ...(note.trim() && { note: note.trim() }) };
    if (subscription) {
      const path = `/applications/${application.id}/subscriptions/${subscription.id}`;
      await api.patch(path, { body: wish, etag: `"${subscription.version}"` });
    } else {
      const body = { product, ...wish };
      await api.post(`/applications/${application.id}/subscriptions`, { body, idempotent: intent.key(body) });
    }
    toast(plan.immediate ? `The plan is ${plan.title} now` : `${plan.title} is requested`);
    await changed();
    close();
  }

  const verb = plan.immediate ? `Change to ${plan.title}` : `Request ${plan.title}`;
  const actions = html`<${Button} kind="secondary" onClick=${close}>Cancel<//>
    <${Button} kind="primary" type="submit" form="change-plan" busy=${form.busy}>${plan.immediate ? verb : "Send request"}<//>`;
  return html`<${Dialog} open title=${verb} onClose=${close} actions=${actions}>
    <p>${plan.immediate
      ? `${application.name} has plan ${plan.title} of ${title} as soon as you confirm. What is counted so far stays counted.`
      : `The request is looked at by people. Until they approve it, everything stays as it is.`}</p>
    ${!plan.immediate && html`<${UpgradeText} />`}
    <ul class="plain">${limitLines(plan.limits).map((line) => html`<li key=${line}>${line}</li>`)}</ul>
    <${Form} id="change-plan" onSubmit=${() => form.send(send)} problem=${stale(form.problem)}>
      ${!plan.immediate && html`<${Textarea} label="Note" name="note" autofocus hint="What you need it for, in a sentence or two." most=${500} rows="4" value=${form.values.note} onInput=${form.set("note")} />`}
    <//>
  <//>`;
}

function stale(problem) {
  if (problem?.status !== 412) return problem;
  return { ...problem, detail: "The application was changed meanwhile.", next: "Close this, look at it again, and choose anew." };
}
