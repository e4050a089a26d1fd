import { html, useId } from "../vendor.js";

function stepped(key, at, count) {
  if (key === "ArrowRight") return (at + 1) % count;
  if (key === "ArrowLeft") return (at - 1 + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}

/**
 * Tabs with one panel, whose content the caller draws for the active one.
 *
 * @param {{label: string, tabs: {id: string, title: any}[], active: string, onSelect: (id: string) => void}} props
 */
export function Tabs({ label, tabs, active, onSelect, children }) {
  const base = useId();
  const at = Math.max(0, tabs.findIndex(({ id }) => id === active));

  function onKeyDown(event) {
    const next = stepped(event.key, at, tabs.length);
    if (next === null) return;
    event.preventDefault();
    onSelect(tabs[next].id);
    event.currentTarget.children[next].focus();
  }

  return html`<div>
    <div class="tab-list" role="tablist" aria-label=${label} onKeyDown=${onKeyDown}>
      ${tabs.map(({ id, title }, index) => html`<button key=${id} type="button" role="tab" id=${`${base}-${id}`}
        aria-selected=${index === at} aria-controls=${`${base}-panel`} tabindex=${index === at ? 0 : -1}
        onClick=${() => onSelect(id)}>${title}</button>`)}
    </div>
    <div role="tabpanel" id=${`${base}-panel`} aria-labelledby=${`${base}-${tabs[at]?.id}`}>${children}</div>
  </div>`;
}
