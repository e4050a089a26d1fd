import { Icon } from "../components/icons.js";
import { PageHeader } from "../components/layout.js";
import { Empty, Failed, Loading } from "../components/states.js";
import { load } from "../content.js";
import { html } from "../vendor.js";

export default function Guides() {
  const { state, value, error, retry } = load("/content/guides/index.json").value;
  return html`<${PageHeader} title="Guides" subtitle="How to do what partners do most." />
    ${state === "loading" && html`<${Loading} lines=${8} />`}
    ${error && html`<${Failed} problem=${error} retry=${retry} />`}
    ${value?.length === 0 && html`<${Empty} icon="book" title="No guides yet" text="The reference of each API tells what it takes and answers." />`}
    ${value?.length > 0 && html`<ul class="guide-list">${value.map(({ slug, title, summary }) => html`<li key=${slug}>
      <a class="guide-card" href=${`/guides/${slug}`}>
        <span class="guide-card-text"><strong>${title}</strong><span>${summary}</span></span><${Icon} name="arrow" />
      </a>
    </li>`)}</ul>`}`;
}
