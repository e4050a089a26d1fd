import { Card } from "../components/card.js";
import { Button } from "../components/button.js";
import { Meter } from "../components/meter.js";
import { Time } from "../components/time.js";
import { load } from "../content.js";
import { number } from "../format.js";
import { rateWords } from "../limits.js";
import { html } from "../vendor.js";
import { Banner } from "./banner.js";
import { exhausted, forecastWords } from "./forecast.js";
import { windowTitle } from "./limits.js";

/** How much of each quota is used, when it starts anew, and where it leads. */
export function Quotas({ usage, application }) {
  const catalog = load("/content/catalog.json").value.value;
  if (!usage.subscriptions.length) {
    const choose = html`<${Button} kind="primary" href=${`/apps/${application.id}/plan`}>Choose a plan<//>`;
    return html`<${Card} title="Quotas" actions=${choose}><p class="quiet">No plan yet, so every call is refused.</p><//>`;
  }
  return usage.subscriptions.map((each) => html`<${Card}
    key=${each.id}
    title=${catalog?.products[each.product]?.title ?? each.product}
    subtitle=${html`Plan ${catalog?.plans[each.plan]?.title ?? each.plan}${each.rate ? html` · ${rateWords(each.rate)}` : ""}`}
  >
    ${each.windows.length
      ? each.windows.map((window) => html`<${Quota} key=${window.window} window=${window} forecast=${each.forecast} />`)
      : html`<p class="quiet">This plan has no quota.</p>`}
  <//>`);
}

function Quota({ window, forecast }) {
  const { tone, text, verdict } = forecastWords(window, forecast);
  const words = html`${text} ${verdict && html`<strong>${verdict}</strong>.`} Resets <${Time} value=${window.resets} relative clock />.`;
  return html`<div class="quota">
    <${Meter}
      label=${windowTitle(window.window)}
      value=${window.used}
      max=${window.limit}
      tone=${tone}
      text=${html`<strong>${number(window.used)}</strong> of ${number(window.limit)} calls`}
      note=${words}
    />
  </div>`;
}

/** Where quotas are used up now: why calls are refused, until when, and what helps. */
export function WhyRefused({ usage, application }) {
  const catalog = load("/content/catalog.json").value.value;
  const used = exhausted(usage);
  if (!used.length) return null;
  return html`<${Banner}
    tone="bad"
    title="Calls are refused at the moment: a quota is used up."
    action=${html`<${Button} kind="secondary" href=${`/apps/${application.id}/plan`}>Compare plans<//>`}
  >
    ${used.map(({ subscription, window }) => html`<p key=${subscription.id + window.window}>
      ${catalog?.products[subscription.product]?.title ?? subscription.product}: all ${number(window.limit)} calls of this ${window.window} are
      used. Others are answered 429 <code>quota_exceeded</code> until the reset <${Time} value=${window.resets} relative clock />.
    </p>`)}
  <//>`;
}
