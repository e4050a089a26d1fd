import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Failed, Loading } from "../components/states.js";
import { Time } from "../components/time.js";
import { api } from "../api.js";
import { html, useEffect, useState } from "../vendor.js";
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
  return html`<li class="audit-entry">
    <${Time} value=${entry.time} relative />
    <div>
      <p><strong>${entry.what}</strong> <span class="quiet">by ${entry.email ?? entry.who.replace(/^portal:/, "")}</span></p>
      <${Changes} before=${entry.before} after=${entry.after} />
      ${entry.reason && html`<p>${entry.reason}</p>`}
    </div>
  </li>`;
}

function Changes({ before, after }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => text(before[name]) !== text(after[name]));
  if (!names.length) return null;
  return html`<p class="changes">
    ${names.map((name) => html`<span class="change" key=${name}>${name}: ${name in before && html`<del>${text(before[name])}</del>`} ${name in after && html`<ins>${text(after[name])}</ins>`}</span>`)}
  </p>`;
}

function text(value) {
  if (value === undefined || value === null) return "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
