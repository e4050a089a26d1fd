import { tokens } from "../tokens.js";
import { html, useLayoutEffect, useMemo, useRef, useState } from "../vendor.js";
import { CopyButton } from "./copy.js";

/**
 * Code, coloured. It takes the focus where it has to be scrolled.
 *
 * @param {{code: string, language?: string, bare?: boolean, label?: string}} props `bare`: without frame and copy button
 */
export function CodeBlock({ code, language = "text", bare = false, label = "Code" }) {
  const parts = useMemo(() => tokens(code, language), [code, language]);
  const [ref, scrolls] = useScrolls(code);
  const coloured = parts.map(([kind, text]) => (kind ? html`<span class=${`code-${kind}`}>${text}</span>` : text));
  const block = html`<pre ref=${ref} class="code-text" ...${focusable(scrolls, label)}><code>${coloured}</code></pre>`;
  if (bare) return block;
  return html`<div class="code-block">${block}<${CopyButton} text=${code} compact /></div>`;
}

/** What lets an element that scrolls be scrolled by keyboard. */
export const focusable = (scrolls, label) => (scrolls ? { tabindex: 0, role: "group", "aria-label": label } : {});

/** Whether an element has more than it shows, for `what` it holds. */
export function useScrolls(what) {
  const ref = useRef(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = ref.current;
    const measure = () => setScrolls(element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [what]);
  return [ref, scrolls];
}
