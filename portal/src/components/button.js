import { html } from "../vendor.js";

/**
 * A button, or with `href` a link that looks like one. While `busy` it cannot be pressed again, and keeps the focus.
 *
 * @param {{kind?: "primary"|"secondary"|"danger"|"ghost", href?: string, busy?: boolean, small?: boolean, label?: string, type?: string}} props
 */
export function Button({ kind = "secondary", href, busy = false, small = false, label, type = "button", onClick, children, ...rest }) {
  const looks = `button button-${kind}${small ? " button-small" : ""}${busy ? " is-busy" : ""}`;
  if (href) return html`<a class=${looks} href=${href} aria-label=${label} onClick=${onClick} ...${rest}>${children}</a>`;
  const press = busy ? (event) => event.preventDefault() : onClick;
  const waits = busy ? "true" : null;
  return html`<button class=${looks} type=${type} aria-label=${label} aria-disabled=${waits} aria-busy=${waits} onClick=${press} ...${rest}>
    ${children}
  </button>`;
}
