import { PageHeader, Sidebar } from "../components/layout.js";
import { Nodes } from "../components/nodes.js";
import { Failed, Loading } from "../components/states.js";
import { load } from "../content.js";
import { html } from "../vendor.js";

const CRUMBS = [{ title: "Guides", href: "/guides" }];

export default function Guide({ params: { slug } }) {
  const { state, value, error, retry } = load(`/content/guides/${encodeURIComponent(slug)}.json`).value;
  const guides = load("/content/guides/index.json").value.value ?? [];
  const at = guides.findIndex((each) => each.slug === slug);
  return html`<div class="with-sidebar">
    <article class="prose">
      <${PageHeader} title=${value?.title ?? guides[at]?.title ?? (error ? "Guide not found" : "Guide")} crumbs=${CRUMBS} />
      ${state === "loading" && html`<${Loading} lines=${12} />`}
      ${error && html`<${Failed} problem=${error} retry=${retry} />`}
      ${value && html`<${Nodes} nodes=${body(value)} /><${Onward} guides=${guides} at=${at} />`}
    </article>
    <${Sidebar} label="Guides">
      <p class="sidebar-title">Guides</p>
      <ul>${guides.map((each) => html`<li key=${each.slug}>
        <a href=${`/guides/${each.slug}`} aria-current=${each.slug === slug ? "page" : null}>${each.title}</a>
      </li>`)}</ul>
    <//>
  </div>`;
}

/** Without a first heading that only says the title again. */
function body({ title, body: nodes }) {
  const [first] = nodes;
  return Array.isArray(first) && /^h[12]$/.test(first[0]) && first.slice(2).join("") === title ? nodes.slice(1) : nodes;
}

function Onward({ guides, at }) {
  const next = at >= 0 ? guides[at + 1] : null;
  return next && html`<nav class="onward" aria-label="Next guide">
    <a href=${`/guides/${next.slug}`}><span>Next</span><strong>${next.title}</strong></a>
  </nav>`;
}
