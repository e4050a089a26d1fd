import { session, signOut } from "../session.js";
import { html, useEffect, useRef, useState } from "../vendor.js";
import { Button } from "./button.js";
import { Icon } from "./icons.js";
import { useSignIn } from "./states.js";
import { toast } from "./toast.js";

const LINKS = [
  { href: "/apps", title: "Applications", icon: "key" },
  { href: "/organization", title: "Organization", icon: "building" },
  { href: "/invitations", title: "Invitations", icon: "mail" },
];

function useSigning() {
  const { go, busy, problem } = useSignIn();
  useEffect(() => {
    if (problem) toast(`${problem.detail} ${problem.next}`, "warn");
  }, [problem]);
  return { enter: () => go(), busy };
}

/** "Sign in", or a menu of what belongs to the person who is signed in. */
export function Account() {
  const { enter, busy } = useSigning();
  if (!session.value) return html`<${Button} small busy=${busy} onClick=${enter}>Sign in<//>`;
  return html`<${Menu} person=${session.value} />`;
}

function Menu({ person }) {
  const [open, setOpen] = useState(false);
  const frame = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event) => !frame.current?.contains(event.target) && setOpen(false);
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [open]);
  const onKeyDown = (event) => {
    if (event.key !== "Escape" || !open) return;
    setOpen(false);
    frame.current.querySelector("button").focus();
  };
  const onFocusOut = (event) => {
    if (event.relatedTarget && !frame.current.contains(event.relatedTarget)) setOpen(false);
  };
  return html`<div class="account" ref=${frame} onKeyDown=${onKeyDown} onFocusOut=${onFocusOut}>
    <button type="button" class="account-button" aria-expanded=${open} aria-controls="account-menu" onClick=${() => setOpen(!open)}>
      <span class="avatar" aria-hidden="true">${(person.name || person.email || "?")[0].toUpperCase()}</span>
      <span class="visually-hidden">Account of ${person.email}</span><${Icon} name="down" />
    </button>
    ${open && html`<div class="account-menu" id="account-menu">
      <p class="account-who"><strong>${person.name}</strong>${person.email !== person.name && html`<span>${person.email}</span>`}</p>
      <ul>
        ${LINKS.map(({ href, title, icon }) => html`<li key=${href}>
          <a href=${href} onClick=${() => setOpen(false)}><${Icon} name=${icon} />${title}</a>
        </li>`)}
        <li><button type="button" onClick=${signOut}><${Icon} name="back" />Sign out</button></li>
      </ul>
    </div>`}
  </div>`;
}

/** The same as plain links, for the menu of a phone. */
export function AccountLinks() {
  const { enter } = useSigning();
  if (!session.value) return html`<button type="button" class="nav-link" onClick=${enter}>Sign in</button>`;
  return html`${LINKS.slice(1).map(({ href, title }) => html`<a key=${href} class="nav-link" href=${href}>${title}</a>`)}
    <button type="button" class="nav-link" onClick=${signOut}>Sign out <span class="nav-note">${session.value.email}</span></button>`;
}
