import { load } from "../content.js";
import { html } from "../vendor.js";

export function Footer() {
  const portal = load("/content/catalog.json").value.value?.portal;
  const links = portal?.links ?? [];
  return html`<footer class="footer"><div class="footer-inside">
    <p>${portal?.texts?.footer ?? portal?.name ?? "\u00a0"}</p>
    <ul>
      ${links.map(({ title, url }) => html`<li key=${url}><a href=${url} rel="noopener noreferrer">${title}</a></li>`)}
      <li><a href="/changelog.xml">RSS</a></li>
    </ul>
  </div></footer>`;
}
