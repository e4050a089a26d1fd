import { load } from "../content.js";
import { arrived, arriving, route } from "../router.js";
import { html, useEffect, useRef } from "../vendor.js";
import { Footer } from "./footer.js";
import { Header } from "./header.js";
import "./kit.js";
import { Messages } from "./toast.js";

/** What stands around every page. */
export function Shell({ children }) {
  const wide = route.value.wide;
  return html`<a class="skip" href="#main">Skip to content</a>
    <div class=${`progress${arriving.value ? " is-on" : ""}`} aria-hidden="true" />
    <${Header} />
    <main id="main" class=${wide ? "main main-wide" : "main"} tabindex="-1" aria-busy=${arriving.value ? "true" : null}>${children}</main>
    <${Footer} />
    <${Messages} />`;
}

/** The portal's name, once it is known. */
const portalName = () => load("/content/catalog.json").value.value?.portal.name ?? "";

/** What the window is called, and the words that say so after a change of page. */
export function useTitle(title) {
  const name = portalName();
  useEffect(() => {
    if (!title) return;
    document.title = name && title !== name ? `${title} · ${name}` : title;
  }, [title, name]);
}

/**
 * A page's heading. After a change of page it takes the focus, so that screen readers say it. `label`: the window's title,
 * where `title` is no text.
 *
 * @param {{title: any, label?: string, subtitle?: any, actions?: any, crumbs?: {title: string, href?: string}[]}} props
 */
export function PageHeader({ title, subtitle, actions, crumbs = [], label }) {
  const heading = useRef(null);
  const { path } = route.value;
  useTitle(label ?? title);
  useEffect(() => {
    if (arrived()) heading.current?.focus({ preventScroll: true });
  }, [path]);
  return html`<div class="page-header">
    ${crumbs.length > 0 && html`<${Crumbs} crumbs=${crumbs} />`}
    <div class="page-header-line">
      <div class="page-header-text">
        <h1 ref=${heading} tabindex="-1">${title}</h1>
        ${subtitle && html`<div class="page-subtitle">${subtitle}</div>`}
      </div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </div>
  </div>`;
}

function Crumbs({ crumbs }) {
  const crumb = ({ title, href }) => (href ? html`<a href=${href}>${title}</a>` : html`<span>${title}</span>`);
  return html`<nav class="crumbs" aria-label="Breadcrumb"><ol>${crumbs.map((each, at) => html`<li key=${at}>${crumb(each)}</li>`)}</ol></nav>`;
}

/** A column of links beside the content; below it on a phone. */
export function Sidebar({ label, children }) {
  return html`<aside class="sidebar"><nav aria-label=${label}>${children}</nav></aside>`;
}
