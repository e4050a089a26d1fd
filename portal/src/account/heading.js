import { Button } from "../components/button.js";
import { Field, Form } from "../components/field.js";
import { Icon } from "../components/icons.js";
import { PageHeader } from "../components/layout.js";
import { toast } from "../components/toast.js";
import { api } from "../api.js";
import { html, useEffect, useRef, useState } from "../vendor.js";
import { Banner } from "./banner.js";
import { useForm } from "./form.js";
import { may } from "./roles.js";

const SECTIONS = [
  ["", "API keys"],
  ["usage", "Usage"],
  ["plan", "Plan"],
];

/** An application's name, which can be changed in place, and the way to its pages. */
export function ApplicationHeader({ application, section, renamed }) {
  const { name } = application;
  const here = section && SECTIONS.find(([each]) => each === section)[1];
  const [renaming, setRenaming] = useState(false);
  const pencil = useRef(null);
  const close = () => {
    setRenaming(false);
    setTimeout(() => pencil.current?.querySelector("button")?.focus());
  };
  return html`<div>
    <${PageHeader} title=${html`${name} <span class="visually-hidden">${here}</span>`} label=${here ? `${name}: ${here}` : name} crumbs=${[{ title: "Applications", href: "/apps" }]} actions=${may(application.role, "developer") &&
    !renaming && html`<span ref=${pencil}><${Button} onClick=${() => setRenaming(true)}><${Icon} name="pencil" /> Rename<//></span>`} />
    ${renaming && html`<${Rename} path=${`/applications/${application.id}`} item=${application} label="Name of the application" done=${(item) => {
      if (item) renamed(item);
      close();
    }} />`}
    <nav class="sections" aria-label="Application">
      ${SECTIONS.map(([name, title]) => html`<a
        key=${name}
        href=${`/apps/${application.id}${name && `/${name}`}`}
        aria-current=${name === section ? "page" : null}
      >${title}</a>`)}
    </nav>
  </div>`;
}

/**
 * A name that is changed where it stands. Where somebody else changed it meanwhile, says what it is now and keeps what was
 * typed.
 *
 * @param {{path: string, item: {name: string, version: number}, label: string, done: (item: object|null) => void}} props
 */
export function Rename({ path, item, label, done }) {
  const form = useForm({ name: item.name });
  const [current, setCurrent] = useState(item);
  const field = useRef(null);
  useEffect(() => field.current?.querySelector("input")?.select(), []);

  async function send({ name }) {
    try {
      const changed = await api.patch(path, { body: { name: name.trim() }, etag: `"${current.version}"` });
      toast(`Renamed to ${changed.name}`);
      done(changed);
    } catch (problem) {
      if (problem.status !== 412) throw problem;
      setCurrent(await api.get(path));
      form.fail(null);
    }
  }

  const changed = current.version !== item.version;
  return html`<div class="rename" ref=${field}>
    ${changed && html`<${Banner} tone="warn" title="Changed meanwhile.">It is called “${current.name}” now. Save again to call it as you typed.<//>`}
    <${Form} onSubmit=${() => form.send(send)} problem=${form.problem}>
      <${Field} label=${label} name="name" required most=${100} value=${form.values.name} onInput=${form.set("name")} />
      <div class="form-actions">
        <${Button} kind="primary" type="submit" busy=${form.busy}>Save<//>
        <${Button} kind="secondary" onClick=${() => done(changed ? current : null)}>Cancel<//>
      </div>
    <//>
  </div>`;
}
