import { Button } from "../components/button.js";
import { CodeBlock } from "../components/code.js";
import { Loading } from "../components/states.js";
import { config } from "../config.js";
import { number } from "../format.js";
import { html, useEffect, useState } from "../vendor.js";
import { Banner } from "./banner.js";
import { curlLine } from "./key-lines.js";
import { arrival } from "./arrival.js";
import { poll } from "./poll.js";
import { refusalWords } from "./refusals.js";
import { sampleCall } from "./sample.js";

/** A call that is ready to run, and word of it as soon as it arrives: `arrived` is called when one is let through. */
export function FirstCall({ made, catalog, arrived }) {
  const [sample, setSample] = useState(undefined);
  const [came, setCame] = useState(null);
  const { application, credential, product } = made;
  const through = Boolean(came && !came.refused);

  useEffect(() => {
    sampleCall(catalog, product).then(setSample, () => setSample(null));
  }, []);
  useEffect(() => poll(async () => {
    const found = await arrival(application.id);
    if (found) setCame(found);
    return Boolean(found && !found.refused);
  }), []);
  useEffect(() => {
    if (through) arrived();
  }, [through]);

  if (sample === undefined) return html`<${Loading} lines=${3} />`;
  const { gateway, try: near } = config.value ?? {};
  return html`<div class="sheets">
    ${made.waits && html`<${Banner} tone="info" title="The plan waits for approval.">Until then calls are refused. You find its state on the application’s plan page.<//>`}
    ${sample && gateway && html`<${CodeBlock} code=${curlLine(gateway + sample.path, credential.key)} language="sh" />`}
    ${!sample && html`<p>Send the key in the <code>X-Api-Key</code> header of your first call. The reference has every operation.</p>`}
    ${sample && near && html`<${SendFromHere} url=${near + sample.path} secret=${credential.key} />`}
    <div role="status">${came ? html`<${Came} came=${came} />` : html`<p class="waiting"><span class="pulse" aria-hidden="true"></span> Waiting for your first call</p>`}</div>
    <${Onwards} application=${application} sample=${sample} done=${through} />
  </div>`;
}

/** Sends the first call from the page itself, and shows the answer; the key goes into this call's header alone. */
function SendFromHere({ url, secret }) {
  const [answer, setAnswer] = useState(null);
  const [busy, setBusy] = useState(false);

  async function go() {
    setBusy(true);
    try {
      const { Result, send } = await import("../call/call.js");
      const outcome = await send({ method: "GET", url, headers: [["X-Api-Key", secret], ["Accept", "application/json"]], body: null });
      setAnswer(html`<${Result} outcome=${outcome} />`);
    } catch {
      setAnswer("It could not be sent. Check your connection and press again.");
    }
    setBusy(false);
  }

  return html`<div class="send">
    <${Button} kind=${answer ? "secondary" : "primary"} busy=${busy} onClick=${go}>${answer ? "Send it again" : "Send it from here"}<//>
    <div role="status">${answer}</div>
  </div>`;
}

function Came({ came }) {
  if (came.refused) {
    const { title, next } = refusalWords(came.refused.reason);
    return html`<${Banner} tone="warn" title=${`Your first call came, and was answered ${came.refused.status}.`}>${title}. ${next} Call again: this page goes on waiting for one that is let through.<//>`;
  }
  return html`<${Banner} tone="ok" title="Your first call arrived and was let through.">
    ${came.window && `${number(came.window.used)} of ${number(came.window.limit)} calls of this ${came.window.window} used.`}
  <//>`;
}

function Onwards({ application, sample, done }) {
  return html`<div class="form-actions">
    <${Button} kind=${done ? "primary" : "secondary"} href=${`/apps/${application.id}`}>Open the application<//>
    ${sample && html`<${Button} kind="secondary" href=${`/apis/${sample.api}`}>Open the reference<//>`}
    ${done && html`<${Button} kind="secondary" href=${`/apps/${application.id}/usage`}>See its usage<//>`}
  </div>`;
}
