/** Which page is shown, kept in step with the address. Links need nothing: clicks on them are heard here. */

import { isPage, match } from "./addresses.js";
import { NOT_FOUND, ROUTES } from "./routes.js";
import { tab } from "./storage.js";
import { computed, signal } from "./vendor.js";

/**
 * What is shown: `{url, path, params, section, wide, Page, failed}`; `Page` is null until the first page's module is
 * there. From then on it changes only when the page's module is there too.
 */
export const route = signal({ ...named(new URL(location.href)), Page: null, failed: null });

/** The query of the address, as `URLSearchParams`. */
export const query = computed(() => new URLSearchParams(route.value.url.search));

/** Whether a page's module is being fetched. */
export const arriving = signal(false);

const modules = new Map();
const RELOADED = "portal.reloaded";
let turn = 0;

/** Whether the page that comes next was gone to within the portal: its heading then takes the focus, once. */
let moved = false;

export function arrived() {
  const answer = moved;
  moved = false;
  return answer;
}

/** Go to a page of the portal (`/path?query#anchor`); anything else is left to the browser. */
export function navigate(address, { replace = false } = {}) {
  const url = new URL(address, location.href);
  if (!isPage(url, location.origin)) {
    location.assign(url);
    return;
  }
  const same = url.href === location.href;
  history[replace || same ? "replaceState" : "pushState"](null, "", url);
  dispatchEvent(new PopStateEvent("popstate", { state: { pushed: true } }));
}

/** Change the query alone, without a new entry in the history, so that a filter is kept by a reload and a link. */
export function setQuery(changes) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  history.replaceState(null, "", url);
  route.value = { ...route.value, url };
}

/** Begin to follow the address. */
export function follow() {
  addEventListener("popstate", (event) => show(event.state?.pushed));
  document.addEventListener("click", onClick);
  return show(false);
}

async function show(pushed) {
  const mine = ++turn;
  const { found, ...place } = named(new URL(location.href));
  const other = route.value.path !== place.path;
  let page = modules.get(found);
  arriving.value = !page;
  if (!page) {
    page = await fetched(found);
    if (mine !== turn) return;
    arriving.value = false;
  }
  if (other) moved = true;
  route.value = { found, ...place, ...page };
  if (other && pushed && !place.url.hash) scrollTo(0, 0);
}

/** The page that an address names. */
function named(url) {
  const { route: found, params } = match(ROUTES, url.pathname) ?? { route: NOT_FOUND, params: {} };
  return { found, url, path: url.pathname, params, section: found.section ?? "", wide: Boolean(found.wide) };
}

/** A module that is gone (the portal was published anew meanwhile) is had by loading the page again, once. */
async function fetched(found) {
  try {
    const page = { Page: (await found.load()).default, failed: null };
    modules.set(found, page);
    tab?.removeItem(RELOADED);
    return page;
  } catch (failed) {
    if (tab && tab.getItem(RELOADED) !== location.pathname) {
      tab.setItem(RELOADED, location.pathname);
      location.reload();
      return new Promise(() => {});
    }
    return { Page: null, failed };
  }
}

function onClick(event) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || link.hasAttribute("download") || link.getAttribute("href").startsWith("#")) return;
  const url = new URL(link.href);
  if (!isPage(url, location.origin)) return;
  event.preventDefault();
  navigate(url.href);
}
