import { html, useEffect, useRef, useState } from "../vendor.js";
import { Icon } from "./icons.js";
import { announce } from "./toast.js";

const SHOWN = 2000;

/**
 * @param {{text: string | (() => string), label?: string, compact?: boolean, onCopied?: () => void}} props `compact`: the
 *   icon alone
 */
export function CopyButton({ text, label = "Copy", compact = false, onCopied }) {
  const [state, setState] = useState("");
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  async function copy() {
    const copied = await navigator.clipboard.writeText(typeof text === "function" ? text() : text).then(() => true, () => false);
    setState(copied ? "copied" : "failed");
    announce(copied ? "Copied" : "Could not be copied. Select the text and copy it by hand.");
    if (copied) onCopied?.();
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState(""), SHOWN);
  }

  const shown = { copied: "Copied", failed: "Copy by hand" }[state] ?? label;
  const named = compact ? { "aria-label": label, title: label } : {};
  return html`<button type="button" class=${`copy${state === "copied" ? " is-copied" : ""}`} onClick=${copy} ...${named}>
    <${Icon} name=${state === "copied" ? "check" : "copy"} />${!compact && html`<span>${shown}</span>`}
  </button>`;
}
