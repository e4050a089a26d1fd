import { decoded } from "../addresses.js";
import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Icon } from "../components/icons.js";
import { PageHeader } from "../components/layout.js";
import { Nodes } from "../components/nodes.js";
import { Empty, Failed, Loading } from "../components/states.js";
import { Time } from "../components/time.js";
import { load } from "../content.js";
import { lookup } from "../lookup.js";
import { query, setQuery } from "../router.js";
import { html, useEffect } from "../vendor.js";

const KINDS = { release: ["ok", "Release"], deprecation: ["warn", "Deprecation"], retirement: ["bad", "Retirement"], news: ["info", "News"] };

export default function Changelog() {
  const { state, value, error, retry } = load("/content/changelog.json").value;
  const kind = query.value.get("kind") ?? "";
  const kinds = Object.keys(KINDS).filter((each) => value?.some((entry) => entry.kind === each));
  const shown = (value ?? []).filter((each) => !kind || each.kind === kind);
  useEffect(() => {
    if (value && location.hash) document.getElementById(decoded(location.hash.slice(1)))?.scrollIntoView();
  }, [value]);
  const feed = html`<${Button} small href="/changelog.xml"><${Icon} name="rss" /> RSS<//>`;
  return html`<${PageHeader} title="Changelog" subtitle="Releases, deprecations and the ends of versions." actions=${feed} />
    ${kinds.length > 1 && html`<${Filter} kinds=${kinds} kind=${kind} />`}
    ${state === "loading" && html`<${Loading} lines=${12} />`}
    ${error && html`<${Failed} problem=${error} retry=${retry} />`}
    ${value && !shown.length && html`<${Empty} icon="history" title="Nothing yet" text="What changes is told here, before it does." />`}
    <div class="log">${shown.map((entry) => html`<${Entry} key=${entry.slug} entry=${entry} />`)}</div>`;
}

function Filter({ kinds, kind }) {
  return html`<div class="segments" role="group" aria-label="Show">
    ${["", ...kinds].map((each) => html`<button key=${each} type="button" aria-pressed=${each === kind}
      onClick=${() => setQuery({ kind: each })}>${each ? KINDS[each][1] : "All"}</button>`)}
  </div>`;
}

export function Entry({ entry, level = 2 }) {
  const [tone, word] = lookup(KINDS, entry.kind) ?? ["neutral", entry.kind];
  const Heading = `h${level}`;
  return html`<article class="log-entry" id=${entry.slug}>
    <div class="log-when"><${Time} value=${entry.date} /></div>
    <div class="log-what">
      <p class="log-kind"><${Badge} tone=${tone}>${word}<//>${entry.api && html`<a href=${`/apis/${entry.api.split("/")[0]}`}>${entry.api}</a>`}</p>
      <${Heading} class="log-title">${entry.title}</${Heading}>
      <div class="prose"><${Nodes} nodes=${entry.body} lower=${level - 1} /></div>
    </div>
  </article>`;
}
