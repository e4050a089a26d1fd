import { html, signal, useLayoutEffect, useState } from "../vendor.js";
import { Icon } from "./icons.js";

const SECONDS = 6;
const MOST = 3;
const spoken = signal("");
const shown = signal([]);
const places = signal([]);
let count = 0;
let silence = 0;

/** Say something to those who do not see the page; the same words twice are said twice. */
export function announce(words) {
  spoken.value = words === spoken.value ? `${words}\u00a0` : words;
  clearTimeout(silence);
  silence = setTimeout(() => { spoken.value = ""; }, SECONDS * 500);
}

/** Say something to everybody, for some seconds; with the tone "warn" until it is dismissed. */
export function toast(words, tone = "ok") {
  const others = shown.value.filter((each) => each.words !== words);
  shown.value = [...others, { id: ++count, words, tone }].slice(-MOST);
  announce(words);
}

const dismiss = (id) => { shown.value = shown.value.filter((each) => each.id !== id); };

/**
 * Where `announce` and `toast` come out. Stands in the shell and in each dialog, as whatever is outside of an open dialog is
 * neither seen nor heard: the one that came last speaks.
 */
export function Messages() {
  const [place] = useState({});
  useLayoutEffect(() => {
    places.value = [...places.value, place];
    return () => { places.value = places.value.filter((each) => each !== place); };
  }, []);
  const mine = places.value.at(-1) === place;
  return html`<div class="visually-hidden" role="status" aria-live="polite">${mine ? spoken.value : ""}</div>
    <div class="toasts" role="log" aria-live="off" aria-label="Messages">${mine && shown.value.map((each) => html`<${Toast} key=${each.id} ...${each} />`)}</div>`;
}

/** Stays while it is pointed at or has the focus. */
function Toast({ id, words, tone }) {
  const [held, setHeld] = useState(false);
  useLayoutEffect(() => {
    if (held || tone !== "ok") return undefined;
    const timer = setTimeout(() => dismiss(id), SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [held]);
  const hold = () => setHeld(true);
  const free = () => setHeld(false);
  return html`<div class=${`toast toast-${tone}`} onMouseEnter=${hold} onMouseLeave=${free} onFocusIn=${hold} onFocusOut=${free}>
    <${Icon} name=${tone === "ok" ? "check" : "warning"} /><span>${words}</span>
    <button type="button" class="icon-button" aria-label="Dismiss" onClick=${() => dismiss(id)}><${Icon} name="close" /></button>
  </div>`;
}
