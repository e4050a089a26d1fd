/** Try-it of one operation: the form, its samples, and what came back. Had only when somebody wants to try. */

import { Button } from "../components/button.js";
import { config } from "../config.js";
import { initial, request } from "../samples/request.js";
import { Samples } from "../samples/samples.js";
import { html, useEffect, useMemo, useRef, useState } from "../vendor.js";
import { Credential, wayFor } from "./credential.js";
import { faults as faultsOf } from "./faults.js";
import { Fields } from "./form.js";
import { carriers } from "./carriers.js";
import { ExampleAnswer, sampleOf } from "./panel.js";
import { forget, obtain, own, temporary } from "./keys.js";
import { Result, announcement } from "../call/result.js";
import { send } from "../call/send.js";

/** The credentials in a request that is sent, or copied with the key. */
function credentials(api, operation, texts) {
  return carriers(api.accepts, operation.public, texts.key).map(({ field, name, prefix }) => ({ name, value: prefix + texts[field] }));
}

function held(api) {
  return wayFor(api) === "own" ? own.value : { key: temporary.value?.key ?? "", token: "" };
}

/** @param {{operation: any, schemas: any, api: any}} props */
export function Trial({ operation, schemas, api }) {
  const [values, setValues] = useState(() => initial(operation, schemas));
  const [faults, setFaults] = useState({});
  const [outcome, setOutcome] = useState(null);
  const [stop, setStop] = useState(null);
  const form = useRef(null);
  useEffect(() => () => stop?.abort(), [stop]);
  useEffect(() => form.current?.querySelector("select, input, textarea, button")?.focus(), []);
  const trying = config.value?.try;
  const texts = held(api);
  const carried = carriers(api.accepts, operation.public, texts.key);
  const keyed = carried.length > 0 && carried.every(({ field }) => texts[field]);
  const sample = useMemo(() => sampleOf(operation, values, schemas, api, own.value.key), [operation, values, config.value, own.value]);
  const withKey = keyed ? { ...sample, headers: sample.headers.map((pair) => filledIn(pair, credentials(api, operation, texts))) } : null;

  async function submit(event) {
    event?.preventDefault();
    if (stop) return;
    const found = { ...faultsOf(operation, values, schemas), ...missingKeys(api, operation) };
    setFaults(found);
    if (Object.keys(found).length) {
      requestAnimationFrame(() => form.current?.querySelector("[aria-invalid]")?.focus());
      return;
    }
    const controller = new AbortController();
    setStop(controller);
    setOutcome(await call({ operation, values, schemas, api, base: `${trying}/${api.id}`, signal: controller.signal }));
    setStop(null);
  }

  const onKeyDown = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event);
  return html`
    <${Samples} request=${sample} keyed=${withKey} />
    <form class="try" ref=${form} onSubmit=${submit} onKeyDown=${onKeyDown} noValidate aria-label=${`Try ${operation.summary || operation.id}`}>
      <${Credential} api=${api} operation=${operation} faults=${faults} />
      <${Fields} operation=${operation} schemas=${schemas} values=${values} change=${setValues} faults=${faults} />
      <div class="try-send">
        <${Button} kind="primary" type="submit" busy=${Boolean(stop)}>Send request<//>
        ${stop ? html`<${Button} kind="ghost" onClick=${() => stop.abort()}>Stop<//>` : html`<kbd class="try-keys">Ctrl Enter</kbd>`}
      </div>
    </form>
    <p class="visually-hidden" role="status">${stop ? "Sending" : announcement(outcome)}</p>
    ${outcome ? html`<${Result} outcome=${outcome} />` : html`<${ExampleAnswer} operation=${operation} schemas=${schemas} />`}`;
}

const filledIn = ([name, value], carried) => (typeof value === "object" ? [name, carried.find((each) => each.name === name).value] : [name, value]);

function missingKeys(api, operation) {
  if (operation.public || wayFor(api) !== "own") return {};
  const missing = carriers(api.accepts, false).filter(({ field }) => !own.value[field]);
  return Object.fromEntries(missing.map(({ field }) => [field, field === "token" ? "Required: paste an access token." : "Required: paste a key."]));
}

/** Gets a key where one is needed, and sends; a temporary key that is no longer known is renewed once. */
async function call({ operation, values, schemas, api, base, signal }) {
  const temporaryWay = !operation.public && wayFor(api) === "try";
  for (let again = temporaryWay; ; again = false) {
    let texts = own.value;
    try {
      if (temporaryWay) texts = { key: await obtain(api.id), token: "" };
    } catch (problem) {
      return { failed: "network", text: problem.detail ?? "No temporary key could be had.", next: problem.next ?? "Try again in a minute, or use a key of your own." };
    }
    const outcome = await send(request(operation, values, { base, schemas, credentials: credentials(api, operation, texts) }), { signal });
    if (!again || outcome.status !== 401) return outcome;
    forget();
  }
}
