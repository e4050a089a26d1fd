import { Button } from "../components/button.js";
import { PageHeader } from "../components/layout.js";
import { Loading, useSignIn } from "../components/states.js";
import { config, configured } from "../config.js";
import { navigate } from "../router.js";
import { answer } from "../session.js";
import { html, useEffect, useState } from "../vendor.js";

const PREVIEW = { detail: "This is a preview of the portal: nobody can sign in here.", next: "Open the portal where it is deployed." };
const NOTHING = {
  detail: "This page takes you back from signing in, and there is nothing to take here.",
  next: "Sign in, or go to your applications.",
};
const TITLES = {
  signin_denied: "The sign-in was stopped",
  signin_stale: "This sign-in is no longer valid",
  network: "The sign-in could not be finished",
};

async function finished() {
  const given = answer && new URL(answer).searchParams;
  if (!given?.has("code") && !given?.has("error")) throw NOTHING;
  await configured;
  if (!config.value?.auth) throw PREVIEW;
  const { finish } = await import("../oidc.js");
  return finish(config.value.auth, answer);
}

/** Where the sign-in page leads back to. */
export default function SignedIn() {
  const [problem, setProblem] = useState(null);
  const { go, busy } = useSignIn();
  useEffect(() => {
    finished().then((to) => navigate(to, { replace: true }), setProblem);
  }, []);
  if (!problem) return html`<div class="narrow"><${PageHeader} title="Signing you in" /><${Loading} lines=${3} label="Signing you in" /></div>`;
  return html`<div class="narrow">
    <${PageHeader} title=${TITLES[problem.code] ?? "You are not signed in"} />
    <p class="lead" role="alert">${problem.detail ?? "The sign-in could not be finished."} ${problem.next ?? "Sign in again."}</p>
    <div class="actions">
      ${problem !== PREVIEW && html`<${Button} kind="primary" busy=${busy} onClick=${() => go({ returnTo: "/apps" })}>Sign in again<//>`}
      <${Button} href="/">See the APIs<//>
    </div>
  </div>`;
}
