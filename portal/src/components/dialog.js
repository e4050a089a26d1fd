import { html, useId, useLayoutEffect, useRef } from "../vendor.js";
import { Icon } from "./icons.js";
import { Messages } from "./toast.js";

const FIRST = ["[autofocus]", ".dialog-body :is(input, select, textarea)", ".dialog-actions button"];

/**
 * A modal dialog. Escape, the cross and a click beside it ask `onClose`. The focus goes to its first field, or the first of
 * its actions, and in the end back to where it was.
 *
 * @param {{open: boolean, title: any, onClose: () => void, actions?: any, wide?: boolean}} props
 */
export function Dialog({ open, title, onClose, actions, wide = false, children }) {
  const id = useId();
  const ref = useRef(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!open || !dialog) return undefined;
    dialog.showModal();
    FIRST.map((each) => dialog.querySelector(each)).find(Boolean)?.focus();
    return () => dialog.close();
  }, [open]);
  if (!open) return null;

  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  const beside = (event) => {
    if (event.target === ref.current) onClose();
  };
  return html`<dialog ref=${ref} class=${`dialog${wide ? " dialog-wide" : ""}`} aria-labelledby=${id} onCancel=${cancel} onMouseDown=${beside}>
    <div class="dialog-inside">
      <div class="dialog-head">
        <h2 id=${id} class="dialog-title">${title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
      </div>
      <div class="dialog-body">${children}</div>
      ${actions && html`<div class="dialog-actions">${actions}</div>`}
    </div>
    <${Messages} />
  </dialog>`;
}
