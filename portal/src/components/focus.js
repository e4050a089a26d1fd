/** Keeps the focus in the page when what had it goes away: else the keyboard would be sent back to the top. */

const CONTROLS = "input:not([type=hidden]), select, textarea, button, a[href]";

/** @returns where to go on: in an open dialog, at the step that is next, at the page's heading */
function next() {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (dialog) return dialog.querySelector("[autofocus]") ?? dialog.querySelector(CONTROLS);
  return document.querySelector("main [aria-current=step]")?.querySelector(CONTROLS) ?? document.querySelector("main h1");
}

export function keepFocus() {
  let last = null;
  addEventListener("focusin", ({ target }) => { last = target; });
  addEventListener("focusout", ({ target }) => queueMicrotask(() => { if (target.isConnected && last === target) last = null; }));
  new MutationObserver(() => {
    if (last && !last.isConnected) requestAnimationFrame(rescue);
  }).observe(document.body, { childList: true, subtree: true });

  function rescue() {
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    const to = next();
    if (!to) return;
    last = null;
    to.focus();
  }
}
