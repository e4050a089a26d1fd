import { Button } from "../components/button.js";
import { PageHeader } from "../components/layout.js";
import { Empty, Failed, Loading, SignedOut } from "../components/states.js";
import { session } from "../session.js";
import { html } from "../vendor.js";
import { useData } from "./data.js";
import { ApplicationHeader } from "./heading.js";
import { organization, renewMe, useMe } from "./me.js";
import { Banner } from "./banner.js";
import { Switcher } from "./switcher.js";

/**
 * What stands around every page of somebody who is signed in: says so where nobody is, waits for who it is, and tells
 * what failed.
 *
 * @param {{title: string, why: string, children: (who: object) => any}} props `why` tells what signing in shows
 */
export function SignedIn({ title, why, children }) {
  const { state, value, problem } = useMe();
  if (!session.value) return html`<${PageHeader} title=${title} /><${SignedOut} text=${why} />`;
  if (state === "loading") return html`<${PageHeader} title=${title} /><${Loading} lines=${6} />`;
  if (!value) return html`<${PageHeader} title=${title} /><${Failed} problem=${problem} retry=${renewMe} />`;
  return children(value);
}

/** The same for a page about one organization; `children` gets it and who is signed in. */
export function OfOrganization({ title, why, subtitle, actions, children }) {
  return html`<${SignedIn} title=${title} why=${why}>
    ${(who) => {
      const one = organization.value;
      if (!one) return html`<${PageHeader} title=${title} /><${NoOrganization} who=${who} />`;
      return html`<${PageHeader} title=${title} subtitle=${subtitle?.(one)} actions=${html`<${Switcher} who=${who} />${actions?.(one)}`} />
        ${one.state === "suspended" && html`<${Banner} tone="bad" title="This organization is suspended.">Its calls are refused. Ask support for it to be restored.<//>`}
        ${children(one, who)}`;
    }}
  <//>`;
}

function NoOrganization({ who }) {
  const waiting = who.invitations.length;
  return html`<${Empty}
    icon="building"
    title="You belong to no organization yet"
    text=${waiting ? "An invitation waits for you, or start one of your own." : "Start one, and have an API key in a minute."}
    action=${html`${waiting > 0 && html`<${Button} kind="primary" href="/invitations">See the invitation<//>`}
      <${Button} kind=${waiting ? "secondary" : "primary"} href="/start">Get started<//>`}
  />`;
}

/**
 * The same for a page about one application: its header and sections are shown, and `children` gets `{application, reload,
 * set}`.
 */
export function OfApplication({ id, section, why, children }) {
  if (!session.value) return html`<${PageHeader} title="Application" /><${SignedOut} text=${why} />`;
  return html`<${Loaded} key=${id} id=${id} section=${section}>${children}<//>`;
}

function Loaded({ id, section, children }) {
  const found = useData(`/applications/${encodeURIComponent(id)}`);
  if (found.state === "loading") return html`<${PageHeader} title="Application" /><${Loading} lines=${8} />`;
  if (found.problem?.status === 404) return html`<${PageHeader} title="Application" /><${NotThere} />`;
  if (found.problem) return html`<${PageHeader} title="Application" /><${Failed} problem=${found.problem} retry=${found.reload} />`;
  const application = found.value;
  return html`<${ApplicationHeader} application=${application} section=${section} renamed=${found.set} />
    ${application.state === "suspended" && html`<${Banner} tone="bad" title="This application is suspended.">Its calls are refused. Ask support for it to be restored.<//>`}
    ${children({ application, reload: found.reload, set: found.set })}`;
}

function NotThere() {
  return html`<${Empty}
    icon="search"
    title="There is no such application"
    text="It was deleted, or it belongs to an organization that you are not a member of."
    action=${html`<${Button} kind="primary" href="/apps">All applications<//>`}
  />`;
}
