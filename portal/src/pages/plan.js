import { Card } from "../components/card.js";
import { Failed, Loading } from "../components/states.js";
import { load } from "../content.js";
import { html } from "../vendor.js";
import { useAll } from "../account/data.js";
import { OfApplication } from "../account/frame.js";
import { Product } from "../account/product.js";

export default function Page({ params }) {
  return html`<${OfApplication} id=${params.id} section="plan" why="An application’s plans are for members of its organization.">
    ${({ application, reload }) => html`<${Plans} application=${application} reload=${reload} />`}
  <//>`;
}

function Plans({ application, reload }) {
  const requests = useAll(`/organizations/${application.organization}/upgrade-requests`);
  const { state, value: catalog, error, retry } = load("/content/catalog.json").value;
  if (state === "loading") return html`<${Card} title="Plans"><${Loading} lines=${6} /><//>`;
  if (state === "error") return html`<${Failed} problem=${error} retry=${retry} />`;
  const subscribed = new Map(application.subscriptions.map((each) => [each.product, each]));
  const asked = (product) => requests.value?.find((each) => each.application === application.id && each.product === product) ?? null;
  const renewed = () => Promise.all([reload(), requests.reload()]);
  const products = Object.keys(catalog.products).sort((a, b) => subscribed.has(b) - subscribed.has(a));
  return html`<div class="sheets">
    ${products.map((id) => html`<${Product} key=${id} id=${id} catalog=${catalog} application=${application} subscription=${subscribed.get(id) ?? null} asked=${asked(id)} reload=${renewed} />`)}
  </div>`;
}
