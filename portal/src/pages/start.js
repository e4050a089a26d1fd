import { Button } from "../components/button.js";
import { PageHeader } from "../components/layout.js";
import { Failed, Loading } from "../components/states.js";
import { load } from "../content.js";
import { session, signIn } from "../session.js";
import { html, useState } from "../vendor.js";
import { FirstCall } from "../account/first-call.js";
import { FirstApplication, FirstOrganization } from "../account/first-steps.js";
import { useForm } from "../account/form.js";
import { SignedIn } from "../account/frame.js";
import { organization } from "../account/me.js";
import { may } from "../account/roles.js";
import { Secret } from "../account/secret.js";
import { Step } from "../account/step.js";
import { Switcher } from "../account/switcher.js";

const TITLE = "Get an API key";
const ANOTHER = "New application";

export default function Page() {
  if (!session.value) return html`<${Welcome} />`;
  return html`<${SignedIn} title=${ANOTHER} why="">${(who) => html`<${Steps} who=${who} />`}<//>`;
}

function Welcome() {
  const leaving = useForm({});
  const go = (signUp) => () => leaving.send(() => signIn({ returnTo: location.pathname + location.search, signUp }));
  const text = load("/content/catalog.json").value.value?.portal.texts?.sign_up;
  return html`<div class="narrow">
    <${PageHeader} title=${TITLE} subtitle=${text ?? "From here to your first call takes about a minute."} />
    <ol class="steps">
      <${Step} at="1" title="Sign up" state="now">
        <p>With your mail address at work. Colleagues can join you later.</p>
        <div class="form-actions">
          <${Button} kind="primary" busy=${leaving.busy} onClick=${go(true)}>Sign up<//>
          <${Button} kind="secondary" onClick=${go(false)}>Sign in<//>
        </div>
        ${leaving.problem && html`<${Failed} problem=${leaving.problem} />`}
      <//>
      <${Step} at="2" title="Name your application and choose a plan" state="later"><p class="quiet">Self-service plans take effect at once.</p><//>
      <${Step} at="3" title="Copy the API key" state="later"><p class="quiet">It is shown once, with a call that is ready to run.</p><//>
      <${Step} at="4" title="Make the first call" state="later"><p class="quiet">This page tells you when it arrives.</p><//>
    </ol>
  </div>`;
}

function Steps({ who }) {
  const [made, setMade] = useState(null);
  const [taken, setTaken] = useState(false);
  const [arrived, setArrived] = useState(false);
  const { state, value: catalog, error, retry } = load("/content/catalog.json").value;
  const one = organization.value;
  if (state === "error") return html`<${PageHeader} title=${ANOTHER} /><${Failed} problem=${error} retry=${retry} />`;

  return html`<div class="narrow">
    <${PageHeader} title=${ANOTHER} subtitle=${one ? null : `Signed in as ${who.email}.`} actions=${!made && html`<${Switcher} who=${who} />`} />
    <ol class="steps">
      <${Step} at="1" title="Organization" state=${one ? "done" : "now"} result=${one?.name}>
        ${!one && html`<${FirstOrganization} who=${who} />`}
      <//>
      <${Step} at="2" title="Application and plan" state=${made ? "done" : one ? "now" : "later"} result=${made && chosen(made, catalog)}>
        ${one && !made && (may(one.role, "developer")
          ? state === "loading" ? html`<${Loading} lines=${6} />` : html`<${FirstApplication} key=${one.id} organization=${one} catalog=${catalog} made=${setMade} />`
          : html`<p>Your role in ${one.name} is viewer. A developer or an owner can register applications; ask one of them to change your role.</p>
            <${Button} kind="secondary" href="/organization">See the members<//>`)}
      <//>
      <${Step} at="3" title="API key" state=${!made ? "later" : taken ? "done" : "now"}>
        ${made && html`<p>Store it where your application reads its secrets. <strong>It will not be shown again.</strong></p>
          <${Secret} secret=${made.credential.key} application=${made.application.name} taken=${() => setTaken(true)} />`}
      <//>
      <${Step} at="4" title="First call" state=${arrived ? "done" : taken ? "now" : "later"}>
        ${made && html`<${FirstCall} made=${made} catalog=${catalog} arrived=${() => setArrived(true)} />`}
      <//>
    </ol>
  </div>`;
}

function chosen({ application, plan, waits }, catalog) {
  return `${application.name}, plan ${catalog.plans[plan]?.title ?? plan}${waits ? " (waits for approval)" : ""}`;
}
