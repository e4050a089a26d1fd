import { html, useEffect, useRef, useState } from "../vendor.js";
import { Icon } from "./icons.js";
import { announce, toast } from "./toast.js";

const SHOWN = 2000;

/**
 * @param {{text: string | (() => string), label?: string, compact?: boolean, onCopied?: () => void}} props `compact`: the
 *   icon alone
 */
export function CopyButton({ text, label = "Copy", compact = false, onCopied }) {
  const [done, setDone] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  async function copy() {
    if (!(await copied(typeof text === "function" ? text() : text))) return;
    announce("Copied");
    setDone(true);
    onCopied?.();
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(false), SHOWN);
  }

  const named = compact ? { "aria-label": label, title: label } : {};
  return html`<button type="button" class=${`copy${done ? " is-copied" : ""}`} onClick=${copy} ...${named}>
    <${Icon} name=${done ? "check" : "copy"} />${!compact && html`<span>${done ? "Copied" : label}</span>`}
  </button>`;
}

/** Whether a text is in the clipboard now; where a browser refuses, or has none (a page without TLS), says what to do. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toast("The browser does not let this page copy. Select the text and copy it by hand.", "warn");
    return false;
  }
}
