import { Button } from "../components/button.js";
import { copied, CopyButton } from "../components/copy.js";
import { Dialog } from "../components/dialog.js";
import { Icon } from "../components/icons.js";
import { config } from "../config.js";
import { html, useEffect, useState } from "../vendor.js";
import { Banner } from "./banner.js";
import { environmentFile } from "./key-lines.js";

/**
 * An API key, this once: it is in this component's properties and in no store, and goes with the page.
 *
 * @param {{secret: string, application: string, taken: () => void}} props `taken` is called when it was copied or saved
 */
export function Secret({ secret, application, taken }) {
  return html`<div class="secret">
    <label class="secret-label" for="secret-key">API key</label>
    <div class="secret-line">
      <input id="secret-key" class="secret-key" readonly autofocus value=${secret} spellcheck="false" autocomplete="off" onFocus=${(event) => event.target.select()} onCopy=${taken} />
      <${CopyButton} text=${secret} label="Copy key" onCopied=${taken} />
    </div>
    <${Download} secret=${secret} application=${application} taken=${taken} />
  </div>`;
}

function Download({ secret, application, taken }) {
  const [address, setAddress] = useState(null);
  useEffect(() => {
    const file = new Blob([environmentFile(secret, config.value?.gateway, application)], { type: "text/plain" });
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [secret, application]);
  return address && html`<a class="secret-file" href=${address} download=".env" onClick=${taken}><${Icon} name="download" /> Download as .env</a>`;
}

/**
 * Shows a key that was just made. While it was neither copied nor saved, closing asks once more, and the way on copies it.
 *
 * @param {{made: {key: string, name: string, replaced?: object}, application: string, close: () => void, children: any}} props
 */
export function SecretDialog({ made, application, close, children }) {
  const [taken, setTaken] = useState(false);
  const [asking, setAsking] = useState(false);
  const leave = () => (taken ? close() : setAsking(true));
  const take = async () => (await copied(made.key)) && close();
  const title = made.replaced ? `The new key “${made.name}” is ready` : `Key “${made.name}” is ready`;
  const actions = html`<${Button} kind="primary" onClick=${taken ? close : take}>${taken ? "Done" : "Copy and close"}<//>`;
  return html`<${Dialog} open wide title=${title} onClose=${leave} actions=${actions}>
    <div class="sheets">
    <p class="lead-in">Store it where your application reads its secrets. <strong>It will not be shown again</strong>: we keep no copy of it.</p>
    <${Secret} secret=${made.key} application=${application} taken=${() => {
      setTaken(true);
      setAsking(false);
    }} />
    ${children}
    ${asking && html`<${Banner} tone="warn" role="alert" title="The key is not copied yet." action=${html`<${Button} kind="secondary" onClick=${close}>Close without it<//>`}>Once this is closed, nobody can show it again.<//>`}
    </div>
  <//>`;
}
