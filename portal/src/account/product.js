import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Nodes } from "../components/nodes.js";
import { toast } from "../components/toast.js";
import { api } from "../api.js";
import { html, useState } from "../vendor.js";
import { Confirm } from "./confirm.js";
import { Banner } from "./banner.js";
import { Compare } from "./compare.js";
import { ChangePlan } from "./change-plan.js";
import { RequestStory } from "./request.js";
import { may } from "./roles.js";

const NEWS = 7 * 86_400_000;

/** Whether a request still says something: one that was approved does for a week. */
const standing = ({ state, decided }) => state !== "withdrawn" && (state !== "approved" || Date.now() - Date.parse(decided) < NEWS);

/**
 * One product: its plans side by side, the one in force, and the request that waits or was decided. `asked`: the request
 * for a product that is not subscribed to, if any.
 */
export function Product({ id, catalog, application, subscription, asked, reload }) {
  const [open, setOpen] = useState(null);
  const request = subscription ? subscription.request : asked;
  const product = catalog.products[id];
  const changes = may(application.role, "developer");
  const close = () => setOpen(null);

  return html`<${Card} title=${product.title} subtitle=${html`<${Nodes} nodes=${product.description} />`}>
    ${request && standing(request) && html`<${Standing} request=${request} catalog=${catalog} changes=${changes} withdraw=${() => setOpen({ what: "withdraw" })} />`}
    <${Compare} catalog=${catalog} product=${id} current=${subscription?.plan ?? null} waiting=${request?.state === "waiting" ? request.to : null} choose=${changes ? (plan) => setOpen({ what: "change", plan }) : null} />
    ${!changes && html`<p class="quiet">Your role is viewer; developers and owners of the organization can change the plan.</p>`}
    ${changes && subscription && html`<p class="offer-leave"><${Button} kind="ghost" small onClick=${() => setOpen({ what: "leave" })}>Unsubscribe from ${product.title}<//></p>`}
    ${open?.what === "change" && html`<${ChangePlan} plan=${open.plan} product=${id} title=${product.title} application=${application} subscription=${subscription} changed=${reload} close=${close} />`}
    ${open?.what === "withdraw" && html`<${Withdraw} application=${application} product=${id} renewed=${reload} close=${close} />`}
    ${open?.what === "leave" && html`<${Leave} application=${application} subscription=${subscription} product=${product} renewed=${reload} close=${close} />`}
  <//>`;
}

function Standing({ request, catalog, changes, withdraw }) {
  const tone = { waiting: "info", approved: "ok", declined: "warn" }[request.state] ?? "info";
  const plan = catalog.plans[request.to]?.title ?? request.to;
  const title = `Your request for ${plan} ${{ waiting: "waits for approval", approved: "was approved", declined: "was declined" }[request.state]}.`;
  const action = request.state === "waiting" && changes && html`<${Button} kind="secondary" onClick=${withdraw}>Withdraw<//>`;
  return html`<${Banner} tone=${tone} title=${title} action=${action}><${RequestStory} request=${request} /><//>`;
}

function Withdraw({ application, product, renewed, close }) {
  async function act() {
    await api.del(`/applications/${application.id}/upgrade-requests/${product}`);
    toast("The request is withdrawn");
    await renewed();
  }
  return html`<${Confirm} title="Withdraw the request?" action="Withdraw request" act=${act} close=${close}>
    <p>You stay on the plan that you have, and can ask again at any time.</p>
  <//>`;
}

function Leave({ application, subscription, product, renewed, close }) {
  async function act() {
    await api.del(`/applications/${application.id}/subscriptions/${subscription.id}`, { etag: `"${subscription.version}"` });
    toast(`${application.name} is unsubscribed from ${product.title}`);
    await renewed();
  }
  return html`<${Confirm} title=${`Unsubscribe from ${product.title}?`} action="Unsubscribe" typed="unsubscribe" act=${act} close=${close}>
    <p>Calls to ${product.apis.join(", ")} are refused within a minute. Subscribing again goes on with what is counted so far.</p>
  <//>`;
}
