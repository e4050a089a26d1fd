import { Button } from "../components/button.js";
import { Field, Form, Select } from "../components/field.js";
import { toast } from "../components/toast.js";
import { api } from "../api.js";
import { html, useState } from "../vendor.js";
import { Choice } from "./choice.js";
import { useForm } from "./form.js";
import { useIntent } from "./intent.js";
import { Invitation } from "./invitation.js";
import { compared } from "./limits.js";
import { choose, renewMe } from "./me.js";
import { preselected } from "./preselect.js";

/** Invitations that wait, and the form for an organization of one's own. */
export function FirstOrganization({ who }) {
  const form = useForm({ name: "" });
  const intent = useIntent();

  async function create({ name }) {
    const body = { name: name.trim() };
    const made = await api.post("/organizations", { body, idempotent: intent.key(body) });
    choose(made.id);
    toast(`${made.name} is registered`);
    await renewMe();
  }

  return html`<div class="sheets">
    ${who.invitations.map((each) => html`<${Invitation} key=${each.organization.id} invitation=${each} verified=${who.email_verified} />`)}
    ${who.invitations.length > 0 && html`<p class="or">or start an organization of your own</p>`}
    <${Form} onSubmit=${() => form.send(create)} problem=${form.problem}>
      <${Field} label="Name of your organization" name="name" required most=${100} autocomplete="organization" hint="Your company or department. It can be changed later." value=${form.values.name} onInput=${form.set("name")} />
      <div class="form-actions"><${Button} kind="primary" type="submit" busy=${form.busy}>Continue<//></div>
    <//>
  </div>`;
}

/**
 * The form for an application with a plan. Registers it, subscribes it and makes a key; sent again after a failure, goes on
 * where it stopped, and what is done already is told and no longer asked for.
 */
export function FirstApplication({ organization, catalog, made }) {
  const start = preselected(catalog, new URLSearchParams(location.search));
  const form = useForm({ name: "", ...start });
  const intents = [useIntent(), useIntent(), useIntent()];
  const [done, setDone] = useState({});
  const plans = compared(catalog, form.values.product, null);
  const plan = plans.find((each) => each.id === form.values.plan);

  async function create({ name, product, plan: id }) {
    const post = (path, body, at) => api.post(path, { body, idempotent: intents[at].key(body) });
    const application = done.application ?? (await post(`/organizations/${organization.id}/applications`, { name: name.trim() }, 0));
    setDone({ application });
    const path = `/applications/${application.id}`;
    const subscription = done.subscription ?? (await post(`${path}/subscriptions`, { product, plan: id }, 1));
    setDone({ application, subscription });
    const credential = await post(`${path}/credentials`, { name: "First key" }, 2);
    toast("Your API key is ready");
    const waits = !subscription.id;
    made({ application, credential, product, plan: waits ? subscription.to : subscription.plan, waits });
  }

  const products = Object.entries(catalog.products).map(([value, { title }]) => ({ value, label: title }));
  const pick = (product) => {
    form.set("product")(product);
    form.set("plan")(preselected(catalog, new URLSearchParams({ product })).plan);
  };
  return html`<${Form} onSubmit=${() => form.send(create)} problem=${form.problem}>
    ${done.application
      ? html`<p>${done.application.name} is registered. ${done.subscription ? "Only its key is missing." : "Its plan and its key are missing."}</p>`
      : html`<${Field} label="Name of the application" name="name" required most=${100} autocomplete="off" hint="What will call, such as Web shop. You get an API key for it." value=${form.values.name} onInput=${form.set("name")} />`}
    ${!done.subscription && html`
      ${products.length > 1 && html`<${Select} label="Product" name="product" options=${products} value=${form.values.product} onInput=${pick} />`}
      <${Choice} legend=${products.length > 1 ? "Plan" : `Plan of ${products[0]?.label}`} name="plan" plans=${plans} value=${form.values.plan} onInput=${form.set("plan")} />`}
    <div class="form-actions">
      <${Button} kind="primary" type="submit" busy=${form.busy}>${done.application ? "Go on" : "Create application"}<//>
      ${plan && !plan.immediate && html`<span class="quiet">The key works once ${plan.title} is approved.</span>`}
    </div>
  <//>`;
}
