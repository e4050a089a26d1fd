/** What of the page is open: folds by hand, or all of them at once (by the button, and while the page is printed). */

import { html, signal, useState } from "../vendor.js";

/** `turn` tells apart what was opened by hand before and after the last change of all. */
export const everything = signal({ open: false, turn: 0 });

export function openAll(open) {
  everything.value = { open, turn: everything.value.turn + 1 };
}

/** Opens all for print and puts everything back afterwards. @returns {() => void} what ends it */
export function expandForPrint() {
  let before = null;
  const expand = () => {
    before ??= everything.value;
    openAll(true);
  };
  const restore = () => {
    if (before) everything.value = before;
    before = null;
  };
  addEventListener("beforeprint", expand);
  addEventListener("afterprint", restore);
  return () => {
    removeEventListener("beforeprint", expand);
    removeEventListener("afterprint", restore);
  };
}

/** Open or not, and what changes it; `automatic` says whether it opens with everything else. */
export function useOpening(opened, automatic = true) {
  const { open, turn } = everything.value;
  const [own, setOwn] = useState(null);
  const now = own?.turn === turn ? own.open : opened || (automatic && open);
  return [now, (value) => value !== now && setOwn({ turn, open: value })];
}

/**
 * A disclosure whose inside is made when it opens. Until then it holds `words`, so that the browser's search finds
 * them and opens it.
 */
export function Fold({ summary, words, opened = false, automatic = true, kind = "", children }) {
  const [open, setOpen] = useOpening(opened, automatic);
  return html`<details class=${`fold ${kind}${automatic ? "" : " fold-again"}`} open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary><span class="fold-title">${summary}</span></summary>
    ${open ? html`<div class="fold-body">${children()}</div>` : words && html`<div class="fold-words">${words()}</div>`}
  </details>`;
}
