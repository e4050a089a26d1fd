import { Button } from "../components/button.js";
import { CodeBlock } from "../components/code.js";
import { html, useState } from "../vendor.js";

const MOST = 1200;

/** Sends the first call from the page itself, and shows the answer; the key goes into this call's header alone. */
export function SendFromHere({ url, secret }) {
  const [answer, setAnswer] = useState(null);
  const [busy, setBusy] = useState(false);

  async function send() {
    setBusy(true);
    setAnswer(await sent(url, secret));
    setBusy(false);
  }

  return html`<div class="send">
    <${Button} kind="primary" busy=${busy} onClick=${send}>Send it from here<//>
    <div role="status">
      ${answer?.failed && html`<p>The gateway could not be reached. Check your connection, or run the line above.</p>`}
      ${answer?.status && html`<p><span class=${`http-status http-status-${Math.floor(answer.status / 100)}`}>${answer.status}</span> in ${answer.took} ms</p>
        <${CodeBlock} code=${answer.text} language="json" />`}
    </div>
  </div>`;
}

async function sent(url, secret) {
  const from = performance.now();
  try {
    const answer = await fetch(url, { headers: { "x-api-key": secret, accept: "application/json" }, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(30_000) });
    const took = Math.round(performance.now() - from);
    return { status: answer.status, took, text: shortened(pretty(await answer.text())) };
  } catch {
    return { failed: true };
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function shortened(text) {
  return text.length > MOST ? `${text.slice(0, MOST)}\n…` : text;
}
