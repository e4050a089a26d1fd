import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Field, Form } from "../components/field.js";
import { html, useState } from "../vendor.js";
import { useForm } from "./form.js";

/**
 * Asks before what cannot be taken back. With `typed`, that word has to be typed first, in small or large letters.
 *
 * @param {{title: string, action: string, typed?: string, act: () => Promise<any>, close: () => void, children: any}} props
 */
export function Confirm({ title, action, typed = "", act, close, children }) {
  const form = useForm({ typed: "" });
  const [wrong, setWrong] = useState("");

  async function submit() {
    if (form.values.typed.trim().toLowerCase() !== typed.toLowerCase()) {
      setWrong(`Type “${typed}” to go on.`);
      return;
    }
    if (await form.send(async () => (await act()) ?? true)) close();
  }

  const actions = html`<${Button} kind="secondary" onClick=${close}>Cancel<//>
    <${Button} kind="danger" type="submit" form="confirm" busy=${form.busy}>${action}<//>`;
  return html`<${Dialog} open title=${title} onClose=${close} actions=${actions}>
    ${children}
    <${Form} id="confirm" onSubmit=${submit} problem=${form.problem}>
      ${typed && html`<${Field} label=${`Type “${typed}” to confirm`} name="typed" autofocus required value=${form.values.typed} error=${wrong} autocomplete="off" onInput=${(value) => {
        setWrong("");
        form.set("typed")(value);
      }} />`}
    <//>
  <//>`;
}
