import { Select } from "../components/field.js";
import { html } from "../vendor.js";
import { choose, organization } from "./me.js";

/** Which organization the pages are about, where somebody belongs to several. */
export function Switcher({ who }) {
  if (who.organizations.length < 2) return null;
  const options = who.organizations.map(({ id, name }) => ({ value: id, label: name }));
  return html`<div class="switcher">
    <${Select} label="Organization" name="organization" compact value=${organization.value.id} options=${options} onInput=${choose} />
  </div>`;
}
