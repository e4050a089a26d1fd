import { load } from "../content.js";
import { route } from "../router.js";
import { session } from "../session.js";
import { dark, setTheme } from "../theme.js";
import { html, useEffect, useRef, useState } from "../vendor.js";
import { Account, AccountLinks } from "./account.js";
import { Icon } from "./icons.js";
import { Search } from "./search.js";

const PAGES = [
  { section: "apis", href: "/", title: "APIs" },
  { section: "guides", href: "/guides", title: "Guides" },
  { section: "changelog", href: "/changelog", title: "Changelog" },
];
const OWN = [
  { section: "apps", href: "/apps", title: "Applications" },
  { section: "notices", href: "/notices", title: "Notices" },
];

/** What the window is called before a page says more: the portal's name, put there by the build. */
const NAME = document.title;

const pages = () => (session.value ? [...PAGES, ...OWN] : PAGES);

/** The top of every page: name, pages, search, theme, and who is signed in. On a phone all but the first behind a button. */
export function Header() {
  const [open, setOpen] = useState(false);
  const toggle = useRef(null);
  const { path, url } = route.value;
  const here = url.href;
  const onLink = (event) => event.target.closest("a") && setOpen(false);
  const onFocusOut = ({ relatedTarget, currentTarget }) => relatedTarget && !currentTarget.contains(relatedTarget) && setOpen(false);
  useEffect(() => setOpen(false), [here]);
  const onKeyDown = (event) => {
    if (event.key !== "Escape" || !open) return;
    setOpen(false);
    toggle.current?.focus();
  };
  return html`<header class="header" onKeyDown=${onKeyDown} onFocusOut=${onFocusOut}>
    <div class="header-inside">
      <${Brand} />
      <nav class="header-nav" aria-label="Main"><${Links} /></nav>
      <div class="header-tools">
        ${path !== "/" && html`<div class="header-search"><${Search} /></div>`}
        <${ThemeButton} />
        <div class="header-account"><${Account} /></div>
        <button ref=${toggle} type="button" class="icon-button header-toggle" aria-label="Menu" aria-expanded=${open} aria-controls="menu"
          onClick=${() => setOpen(!open)}><${Icon} name=${open ? "close" : "menu"} /></button>
      </div>
    </div>
    ${open && html`<div id="menu" class="menu" onClick=${onLink}>
      ${path !== "/" && html`<${Search} />`}
      <nav aria-label="Menu"><${Links} /><${AccountLinks} /></nav>
    </div>`}
  </header>`;
}

/** A logo that is a wordmark, wider than twice its height, stands in place of the name. */
function Brand() {
  const portal = load("/content/catalog.json").value.value?.portal;
  const [wordmark, setWordmark] = useState(false);
  const measure = ({ currentTarget: { naturalWidth, naturalHeight } }) => setWordmark(naturalWidth > 2 * naturalHeight);
  return html`<a class="brand" href="/">
    ${portal?.logo ? html`<img src=${portal.logo} alt="" height="28" onLoad=${measure} />` : html`<span class="brand-mark" aria-hidden="true" />`}
    <span class=${wordmark ? "visually-hidden" : "brand-name"}>${portal?.name ?? NAME}</span>
  </a>`;
}

function Links() {
  const { path, section } = route.value;
  const current = (each) => (each.href === path ? "page" : each.section === section ? "true" : null);
  return pages().map((each) => html`<a key=${each.href} class="nav-link" href=${each.href} aria-current=${current(each)}>${each.title}</a>`);
}

function ThemeButton() {
  const other = dark.value ? "light" : "dark";
  const label = `Use the ${other} theme`;
  return html`<button type="button" class="icon-button" aria-label=${label} title=${label} onClick=${() => setTheme(other)}>
    <${Icon} name=${dark.value ? "moon" : "sun"} />
  </button>`;
}
