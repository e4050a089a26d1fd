/** The entry: the shell around the page that the address names. */

import { Boundary } from "./boundary.js";
import { keepFocus } from "./components/focus.js";
import { Shell } from "./components/layout.js";
import { Failed, Loading } from "./components/states.js";
import { load } from "./content.js";
import { ours } from "./problem.js";
import { follow, route } from "./router.js";
import { h, html, render } from "./vendor.js";

const STALE = ours("page_missing", "This page could not be loaded.", "Check your connection and load it again.");
const BROKEN = ours("page_broken", "This page cannot be shown.", "Load it again; if that does not help, tell support.");

const reload = () => location.reload();

function App() {
  return html`<${Shell}><${Current} /><//>`;
}

function Current() {
  const { Page, params, path, failed } = route.value;
  if (Page) return html`<${Boundary} key=${path} otherwise=${html`<${Failed} problem=${BROKEN} level=${1} retry=${reload} />`}>${h(Page, { params, key: path })}<//>`;
  return failed ? html`<${Failed} problem=${STALE} level=${1} retry=${reload} />` : html`<${Loading} lines=${8} />`;
}

load("/content/catalog.json");
render(h(App), document.getElementById("app"));
follow();
keepFocus();
