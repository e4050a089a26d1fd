import { Button } from "../components/button.js";
import { Failed } from "../components/states.js";
import { Time } from "../components/time.js";
import { toast } from "../components/toast.js";
import { api } from "../api.js";
import { navigate } from "../router.js";
import { html } from "../vendor.js";
import { useForm } from "./form.js";
import { choose, renewMe } from "./me.js";
import { ROLES, roleWord } from "./roles.js";

/** An invitation with the choice to accept or to decline it; `next`: the page to show after accepting, if any. */
export function Invitation({ invitation, verified, next }) {
  const accepting = useForm({});
  const declining = useForm({});
  const { organization, role, invited_by: by, expires } = invitation;
  const path = `/invitations/${encodeURIComponent(organization.id)}`;

  const accept = () =>
    accepting.send(async () => {
      const joined = await api.post(`${path}/accept`);
      choose(joined.id);
      toast(`You belong to ${joined.name} now`);
      await renewMe();
      if (next) navigate(next);
    });
  const decline = () =>
    declining.send(async () => {
      await api.del(path);
      toast(`The invitation of ${organization.name} is declined`);
      await renewMe();
    });
  const problem = accepting.problem ?? declining.problem;

  return html`<div class="invitation">
    <div>
      <h2 class="invitation-title">${organization.name}</h2>
      <p>${by === "platform" ? "The platform’s team" : by} invites you as <strong>${roleWord(role)}</strong>: ${ROLES[role][0].toLowerCase() + ROLES[role].slice(1)}</p>
      <p class="quiet">Open until <${Time} value=${expires} clock />.</p>
      ${!verified && html`<p class="quiet">Verify your mail address first: sign out and in again, and enter the code that was mailed to you.</p>`}
    </div>
    <div class="form-actions">
      <${Button} kind="primary" busy=${accepting.busy} disabled=${!verified} onClick=${accept}>Accept<//>
      <${Button} kind="secondary" busy=${declining.busy} onClick=${decline}>Decline<//>
    </div>
    ${problem && html`<${Failed} problem=${problem} />`}
  </div>`;
}
