import { load } from "../content.js";
import { plural } from "../format.js";
import { navigate } from "../router.js";
import { html, useEffect, useId, useMemo, useRef, useState } from "../vendor.js";
import { Icon } from "./icons.js";

const LABEL = "Search APIs and operations";
const KINDS = { api: "API", tag: "Group", guide: "Guide" };
const STEPS = { ArrowDown: 1, ArrowUp: -1 };
const typing = (element) => element?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName);

/** The search over APIs, operations and guides: a combobox with a list; its index comes when it is first entered. */
export function Search({ large = false }) {
  const id = useId();
  const field = useRef(null);
  const [text, setText] = useState("");
  const [ranking, setRanking] = useState(null);
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const held = ranking ? load("/content/search.json").value : null;
  const index = useMemo(() => ranking?.prepared(held?.value ?? []), [ranking, held?.value]);
  const found = useMemo(() => ranking?.search(index, text) ?? [], [index, text]);
  const shown = open && text.trim() !== "";
  useSlash(field);

  function onFocus() {
    setOpen(true);
    setFailed(false);
    if (!ranking) import("../rank.js").then(setRanking, () => setFailed(true));
    else if (held.error) held.retry();
  }

  function onKeyDown(event) {
    if (event.key === "Escape") {
      if (shown) setOpen(false);
      else setText("");
    } else if (event.key in STEPS && found.length) {
      event.preventDefault();
      setOpen(true);
      setAt((before) => (before < 0 && event.key === "ArrowUp" ? found.length - 1 : (before + STEPS[event.key] + found.length) % found.length));
    } else if (event.key === "Enter" && shown && found.length) {
      event.preventDefault();
      go(found[Math.max(at, 0)]);
    }
  }

  function go(entry) {
    setOpen(false);
    setText("");
    setAt(-1);
    field.current?.blur();
    navigate(entry.url);
  }

  useEffect(() => {
    if (shown && at >= 0) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at, shown]);

  return html`<div class=${`search${large ? " search-large" : ""}`} role="search">
    <${Icon} name="search" />
    <input ref=${field} class="search-input" type="text" role="combobox" aria-label=${LABEL} placeholder=${large ? LABEL : "Search"}
      autocomplete="off" autocapitalize="none" spellcheck="false" enterkeyhint="search"
      aria-autocomplete="list" aria-expanded=${shown} aria-controls=${`${id}-list`}
      aria-activedescendant=${shown && found[at] ? `${id}-${at}` : null}
      value=${text} onFocus=${onFocus} onBlur=${() => setOpen(false)} onKeyDown=${onKeyDown}
      onInput=${(event) => { setText(event.currentTarget.value); setOpen(true); setAt(event.currentTarget.value.trim() ? 0 : -1); }} />
    <kbd class="search-key" aria-hidden="true">/</kbd>
    <div class="search-list" hidden=${!shown} onMouseDown=${(event) => event.preventDefault()}>
      <ul id=${`${id}-list`} role="listbox" aria-label="Results">${shown && found.map((entry, nth) => html`<${Result}
        key=${entry.url} entry=${entry} id=${`${id}-${nth}`} current=${nth === at} go=${() => go(entry)} over=${() => setAt(nth)} />`)}</ul>
      ${shown && !found.length && html`<p class="search-none">${noneWords(failed ? "error" : held?.state)}</p>`}
    </div>
    <span class="visually-hidden" role="status">${shown && held?.state === "ready" ? `${found.length} ${plural(found.length, "result")}` : ""}</span>
  </div>`;
}

function noneWords(state) {
  if (state === "error") return "The search could not be loaded. Leave this field and enter it again to try anew.";
  return state === "ready" ? "Nothing found. Try another word, or a path such as /accounts." : "Loading";
}

function Result({ entry, id, current, go, over }) {
  return html`<li id=${id} role="option" aria-selected=${current} class="search-result" onClick=${go} onMouseMove=${current ? null : over}>
    <span class="search-result-title">${entry.title}${entry.deprecated && html` <span class="search-note">deprecated</span>`}</span>
    <span class="search-result-kind">${entry.method ? html`<${Place} entry=${entry} />` : KINDS[entry.kind]}</span>
    ${entry.api && html`<span class="search-result-api">${entry.api}</span>`}
  </li>`;
}

const Place = ({ entry }) => html`<span class="search-method">${entry.method.toUpperCase()}</span> <code>${entry.path}</code>`;

/** The key / goes to the field, where nothing is being typed. */
function useSlash(field) {
  useEffect(() => {
    const onKey = (event) => {
      const meant = event.key === "/" && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (!meant || typing(event.target) || !field.current?.offsetParent) return;
      event.preventDefault();
      field.current.focus();
      field.current.select();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
