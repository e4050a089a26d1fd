import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { PageHeader } from "../components/layout.js";
import { Empty } from "../components/states.js";
import { html } from "../vendor.js";
import { SignedIn } from "../account/frame.js";
import { Invitation } from "../account/invitation.js";

export default function Page() {
  return html`<${SignedIn} title="Invitations" why="Sign in with the mail address that was invited.">
    ${(who) => html`<${PageHeader} title="Invitations" subtitle=${`To ${who.email}. Others’ invitations are not shown here.`} />
      ${who.invitations.length
        ? html`<div class="sheets">${who.invitations.map((each) => html`<${Card} key=${each.organization.id}><${Invitation} invitation=${each} verified=${who.email_verified} next="/apps" /><//>`)}</div>`
        : html`<${Empty} icon="mail" title="No invitation waits for you" text="Ask an owner of the organization to invite exactly the address that you signed in with." action=${html`<${Button} kind="secondary" href="/apps">Applications<//>`} />`}`}
  <//>`;
}
