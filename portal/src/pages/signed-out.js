import { Button } from "../components/button.js";
import { PageHeader } from "../components/layout.js";
import { useSignIn } from "../components/states.js";
import { html } from "../vendor.js";

export default function SignedOutPage() {
  const { go, busy, problem } = useSignIn();
  return html`<div class="narrow">
    <${PageHeader} title="You are signed out" subtitle="Your keys go on working. Sign in again to see usage, or to create and rotate keys." />
    ${problem && html`<p class="form-fault" role="alert">${problem.detail} ${problem.next}</p>`}
    <div class="actions">
      <${Button} kind="primary" busy=${busy} onClick=${() => go({ returnTo: "/apps" })}>Sign in<//>
      <${Button} href="/">See the APIs<//>
    </div>
  </div>`;
}
