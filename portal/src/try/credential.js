/** What the call is made with: a temporary key, or one that the person pastes. */

import { useSignIn } from "../components/states.js";
import { session } from "../session.js";
import { html, useEffect, useState } from "../vendor.js";
import { Entry } from "./entry.js";
import { carriers } from "./carriers.js";
import { choice, own, remaining, temporary } from "./keys.js";

/** Whether calls to the API can be made with a temporary key. */
export const offers = (api) => Boolean(api.trying?.apis.includes(api.id)) && !["token", "both"].includes(api.accepts);

/** The way that holds for an API: the chosen one, where it is offered. */
export const wayFor = (api) => (offers(api) ? choice.value : "own");

/** @param {{api: any, operation: any, faults: Record<string, string>}} props */
export function Credential({ api, operation, faults }) {
  if (operation.public) return html`<p class="entry-hint">This call needs no key.</p>`;
  const way = wayFor(api);
  return html`<div class="credential">
    ${offers(api) && html`<${Entry} name="Key" wide hint=${way === "try" && html`<${Remaining} id=${api.id} />`} control=${(attributes) => html`<select ...${attributes} onChange=${(event) => { choice.value = event.currentTarget.value; }}>
      <option value="try" selected=${way === "try"}>Temporary key (15 minutes)</option>
      <option value="own" selected=${way === "own"}>My own key</option>
    </select>`} />`}
    ${!offers(api) && html`<${Unlisted} />`}
    ${way === "own" && html`<div class="entries">${carriers(api.accepts, false).map((each) => html`<${Own} key=${each.field} field=${each.field} either=${api.accepts === "either"} fault=${faults[each.field]} />`)}</div>`}
  </div>`;
}

function Own({ field, either, fault }) {
  const name = field === "token" ? "Access token" : either ? "API key or access token" : "API key";
  const set = (event) => { own.value = { ...own.value, [field]: event.currentTarget.value.trim() }; };
  return html`<${Entry} name=${name} wide required fault=${fault} hint="Stays in this tab's memory; it is not stored." control=${(attributes) => html`<input ...${attributes} type="password" autocomplete="off" spellcheck=${false} value=${own.value[field]} onInput=${set} />`} />`;
}

function Unlisted() {
  const { go, busy, problem } = useSignIn();
  if (session.value) return html`<p class="entry-hint">Temporary keys do not open this API: paste a key of one of <a href="/apps">your applications</a>.</p>`;
  return html`<p class="entry-hint">Temporary keys do not open this API, because it is not among those offered for trying out. Sign in, create a key for your application, and paste it here.
    <button type="button" class="link" aria-disabled=${busy ? "true" : null} onClick=${() => go()}>Sign in</button>
    ${problem && html`<span class="entry-fault" role="alert"> ${problem.detail} ${problem.next}</span>`}</p>`;
}

/** How long the temporary key is still good for. */
function Remaining({ id }) {
  const [, tick] = useState(0);
  const held = temporary.value;
  useEffect(() => {
    if (!held) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [held]);
  const left = Math.ceil(remaining(id) / 1000);
  if (!held) return "Made for you with the first call.";
  if (!left) return "It has ended; the next call gets a new one.";
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left; then you get a new one.`;
}
