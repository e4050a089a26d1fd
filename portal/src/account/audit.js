import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Failed, Loading } from "../components/states.js";
import { Time } from "../components/time.js";
import { api } from "../api.js";
import { load } from "../content.js";
import { html, useEffect, useState } from "../vendor.js";
import { changes, deed, subject } from "./audit-words.js";
import { useForm } from "./form.js";

/** Who changed what, newest first, a page at a time. */
export function Audit({ organization }) {
  const [items, setItems] = useState(null);
  const [next, setNext] = useState(null);
  const more = useForm({});
  const load = () =>
    more.send(async () => {
      const page = await api.get(`/organizations/${organization}/audit?limit=20${next ? `&cursor=${encodeURIComponent(next)}` : ""}`);
      setItems([...(items ?? []), ...page.items]);
      setNext(page.next);
    });
  useEffect(() => {
    load();
  }, []);

  return html`<${Card} title="Audit log" subtitle="Who changed what. Seen by owners.">
    ${items?.length === 0 && html`<p class="quiet">Nothing was changed yet.</p>`}
    ${items?.length > 0 && html`<ol class="audit">${items.map((each, at) => html`<${Entry} key=${at} entry=${each} />`)}</ol>`}
    ${!items && more.busy && html`<${Loading} lines=${5} />`}
    ${more.problem && html`<${Failed} problem=${more.problem} retry=${load} />`}
    ${next && !more.problem && html`<${Button} kind="secondary" busy=${more.busy} onClick=${load}>Show more<//>`}
  <//>`;
}

function Entry({ entry }) {
  const { time, who, email, what, before, after, reason, subjects } = entry;
  const named = subject(what, subjects);
  const plans = load("/content/catalog.json").value.value?.plans;
  return html`<li class="audit-entry">
    <${Time} value=${time} relative clock />
    <div>
      <p>${email ?? (who === "platform" ? "The platform’s team" : "Somebody who left")} ${deed(what)}${named && html` <strong>${named}</strong>`}</p>
      <${Changes} all=${changes(what, before, after, plans)} />
      ${reason && html`<p class="quiet">${reason}</p>`}
    </div>
  </li>`;
}

function Changes({ all }) {
  if (!all.length) return null;
  return html`<p class="changes">
    ${all.map(({ name, before, after }) => html`<span class="change" key=${name}>${name}: ${before && html`<del>${before}</del>`} ${after ? html`<ins>${after}</ins>` : "none"}</span>`)}
  </p>`;
}
