import { Button } from "../components/button.js";
import { PageHeader } from "../components/layout.js";
import { html } from "../vendor.js";

const WHY = "The address may be mistyped, or the page has moved. Search for what you need, or start from the APIs.";

export default function NotFound() {
  return html`<div class="narrow">
    <${PageHeader} title="Page not found" subtitle=${WHY} />
    <div class="actions"><${Button} kind="primary" href="/">See the APIs<//><${Button} href="/guides">Read the guides<//></div>
  </div>`;
}
