import { html, signal } from "../vendor.js";
import { Icon } from "./icons.js";

const spoken = signal("");
const shown = signal([]);
const SECONDS = 6;
let count = 0;

/** Say something to those who do not see the page; the same words twice are said twice. */
export function announce(words) {
  spoken.value = words === spoken.value ? `${words}\u00a0` : words;
}

/** Say something to everybody, for some seconds. Nothing that has to be acted on: that belongs into the page. */
export function toast(words, tone = "ok") {
  const id = ++count;
  shown.value = [...shown.value, { id, words, tone }];
  announce(words);
  setTimeout(() => dismiss(id), SECONDS * 1000);
}

const dismiss = (id) => { shown.value = shown.value.filter((each) => each.id !== id); };

/** Where `announce` and `toast` come out; stands once, in the shell. */
export function Messages() {
  return html`<div class="visually-hidden" role="status" aria-live="polite">${spoken.value}</div>
    <div class="toasts" role="log" aria-live="off" aria-label="Messages">${shown.value.map(({ id, words, tone }) => html`<div key=${id} class=${`toast toast-${tone}`}>
      <${Icon} name=${tone === "ok" ? "check" : "warning"} /><span>${words}</span>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick=${() => dismiss(id)}><${Icon} name="close" /></button>
    </div>`)}</div>`;
}
