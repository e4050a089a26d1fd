import { duration, number, price } from "../format.js";
import { html } from "../vendor.js";
import { Badge } from "./badge.js";
import { Nodes } from "./nodes.js";
import { focusable, useScrolls } from "./code.js";

const ORDER = ["second", "minute", "hour", "day", "month"];

/** `450 an hour`, largest window last. */
export function quotas(limits) {
  const windows = Object.entries(limits?.quota ?? {}).sort(([one], [other]) => ORDER.indexOf(one) - ORDER.indexOf(other));
  return windows.map(([window, most]) => `${number(most)} ${window === "hour" ? "an" : "a"} ${window}`);
}

/** `5 a second, 10 at once` */
export function rate(limits) {
  if (!limits?.rate) return "";
  const { per_second: each, burst } = limits.rate;
  const pace = each >= 1 || !each ? `${number(each)} a second` : `1 in ${duration(1 / each)}`;
  return burst ? `${pace}, ${number(burst)} at once` : pace;
}

const ROWS = [
  ["Price", (plan) => html`<strong>${price(plan.price) || "On request"}</strong>`],
  ["Quota", (plan) => lines(quotas(plan.limits), "No quota")],
  ["Rate", (plan) => rate(plan.limits) || "No rate limit"],
  ["To start", ({ approval }) => (approval === "automatic" ? html`<${Badge} tone="ok">At once<//>` : html`<${Badge}>After approval<//>`)],
  ["Support", (plan) => plan.support ?? html`<span class="muted">–</span>`],
];

const lines = (texts, none) => (texts.length ? texts.map((each) => html`<span key=${each} class="line">${each}</span>`) : none);

/** Plans side by side. */
export function PlanTable({ plans }) {
  const [ref, scrolls] = useScrolls(plans);
  return html`<div class="table-scroll" ref=${ref} ...${focusable(scrolls, "Plans compared")}>
    <table class="table plan-table">
      <caption class="visually-hidden">Plans compared</caption>
      <thead><tr><td />${plans.map((plan) => html`<th key=${plan.id} scope="col">
        <span class="plan-name">${plan.title}</span>
        <span class="plan-what"><${Nodes} nodes=${plan.description} /></span>
      </th>`)}</tr></thead>
      <tbody>${ROWS.map(([title, cell]) => html`<tr key=${title}>
        <th scope="row">${title}</th>
        ${plans.map((plan) => html`<td key=${plan.id}>${cell(plan)}</td>`)}
      </tr>`)}</tbody>
    </table>
  </div>`;
}
