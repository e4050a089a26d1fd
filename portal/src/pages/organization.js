import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Icon } from "../components/icons.js";
import { Failed, Loading } from "../components/states.js";
import { Time } from "../components/time.js";
import { number } from "../format.js";
import { html, useState } from "../vendor.js";
import { Audit } from "../account/audit.js";
import { useAll, useData } from "../account/data.js";
import { OfOrganization } from "../account/frame.js";
import { Rename } from "../account/heading.js";
import { Invitations } from "../account/invite.js";
import { renewMe } from "../account/me.js";
import { Members } from "../account/members.js";
import { may, roleWord } from "../account/roles.js";

export default function Page() {
  return html`<${OfOrganization}
    title="Organization"
    subtitle=${(organization) => organization.name}
    why="Sign in to see the members of your organization."
  >
    ${(organization) => html`<${Organization} key=${organization.id} id=${organization.id} role=${organization.role} />`}
  <//>`;
}

function Organization({ id, role }) {
  const found = useData(`/organizations/${id}`);
  const path = `/organizations/${id}`;
  const members = useAll(`${path}/members`);
  const invitations = useAll(`${path}/invitations`);
  const owner = may(role, "owner");
  if ([found, members, invitations].some((each) => each.state === "loading")) return html`<${Card} title="About"><${Loading} lines=${2} /><//>`;
  return html`<div class="sheets">
    <${About} found=${found} role=${role} members=${members.value?.length} path=${path} />
    <${Members} list=${members} organization=${id} name=${found.value?.name ?? id} owner=${owner} />
    <${Invitations} list=${invitations} path=${`${path}/invitations`} owner=${owner} />
    ${owner && html`<${Audit} organization=${id} />`}
  </div>`;
}

/** `role` and `members` are told by others: they change here while `found` stays. */
function About({ found, role, members, path }) {
  const [renaming, setRenaming] = useState(false);
  if (found.problem) return html`<${Failed} problem=${found.problem} retry=${found.reload} />`;
  const { id, created, applications } = found.value;

  function done(item) {
    setRenaming(false);
    if (!item) return;
    found.set(item);
    renewMe();
  }

  const rename = may(role, "owner") && !renaming && html`<${Button} kind="secondary" onClick=${() => setRenaming(true)}><${Icon} name="pencil" /> Rename<//>`;
  return html`<${Card} title="About" actions=${rename}>
    ${renaming && html`<${Rename} path=${path} item=${found.value} label="Name of the organization" done=${done} />`}
    <dl class="about">
      <div><dt>Id</dt><dd><code>${id}</code></dd></div>
      <div><dt>Since</dt><dd><${Time} value=${created} /></dd></div>
      <div><dt>Your role</dt><dd>${roleWord(role)}</dd></div>
      <div><dt>Members</dt><dd>${members === undefined ? "–" : number(members)}</dd></div>
      <div><dt>Applications</dt><dd><a href="/apps">${number(applications)}</a></dd></div>
    </dl>
  <//>`;
}
