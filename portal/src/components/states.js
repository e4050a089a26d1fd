import { config } from "../config.js";
import { left, signIn } from "../session.js";
import { html, useState } from "../vendor.js";
import { Button } from "./button.js";
import { Icon } from "./icons.js";

const OWN = "This page is about your own applications.";
const PREVIEW = "This is a preview of the portal. Sign-in works where the portal is deployed.";

/** Grey lines in place of what is on its way, as high as that will be. */
export function Loading({ lines = 4, label = "Loading" }) {
  const line = (_, at) => html`<div key=${at} class=${`skeleton skeleton-${at % 4}`} />`;
  return html`<div class="loading" role="status">
    <span class="visually-hidden">${label}</span>
    ${Array.from({ length: lines }, line)}
  </div>`;
}

/** @param {{title: any, text?: any, action?: any, icon?: string, level?: number}} props */
export function Empty({ title, text, action, icon = "grid", level = 2, children }) {
  const Heading = `h${level}`;
  return html`<div class="state">
    <span class="state-icon"><${Icon} name=${icon} /></span>
    <${Heading} class="state-title">${title}</${Heading}>
    ${text && html`<p class="state-text">${text}</p>`}
    ${children}
    ${action && html`<div class="state-actions">${action}</div>`}
  </div>`;
}

/** What could not be had: why, what to do, and the request id that support asks for. */
export function Failed({ problem, retry, title, level = 2 }) {
  const [busy, setBusy] = useState(false);
  const again = async () => {
    setBusy(true);
    await retry();
    setBusy(false);
  };
  const gone = problem?.status === 404;
  const Heading = `h${level}`;
  return html`<div class="state state-failed" role="alert">
    <span class="state-icon"><${Icon} name=${gone ? "search" : "warning"} /></span>
    <${Heading} class="state-title">${title ?? (gone ? "Not found" : "That did not work")}</${Heading}>
    <p class="state-text">${problem?.detail ?? "Something went wrong."} ${problem?.next}</p>
    ${problem?.requestId && html`<p class="request-id">Request id <code>${problem.requestId}</code></p>`}
    ${retry && !gone && html`<div class="state-actions">
      <${Button} busy=${busy} onClick=${again}><${Icon} name="refresh" /> Try again<//>
    </div>`}
  </div>`;
}

/** Asks to sign in, and comes back here after. `text`: what is seen then. */
export function SignedOut({ text, title, level = 2 }) {
  const { go, busy, problem } = useSignIn();
  if (config.value === null || problem?.code === "preview") return html`<${Preview} level=${level} />`;
  const actions = html`<${Button} kind="primary" busy=${busy} onClick=${() => go()}>Sign in<//>
    <${Button} onClick=${() => go({ signUp: true })}>Sign up<//>`;
  const said = left.value === "ended" ? "Your session has ended" : "Sign in to go on";
  return html`<${Empty} icon="lock" level=${level} title=${title ?? said} text=${text ?? OWN} action=${actions}>
    ${problem && html`<p class="state-fault" role="alert">${problem.detail} ${problem.next}</p>`}
  <//>`;
}

function Preview({ level }) {
  const action = html`<${Button} href="/">See the APIs<//>`;
  return html`<${Empty} icon="info" level=${level} title="Nobody can sign in here" text=${PREVIEW} action=${action} />`;
}

/** Signing in from a button: `go(options of session.signIn)`, whether it is under way, and what went wrong. */
export function useSignIn() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  async function go(options) {
    setBusy(true);
    setProblem(null);
    try {
      await signIn(options);
    } catch (failed) {
      setProblem(failed.detail ? failed : { detail: "The sign-in page could not be opened.", next: "Check your connection and try again." });
      setBusy(false);
    }
  }
  return { go, busy, problem };
}
