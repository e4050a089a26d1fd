/** The fields of a request: parameters, and a body by its media type. */

import { isJson } from "../http.js";
import { lookup } from "../lookup.js";
import { read, types } from "../reference/schema.js";
import { given } from "../samples/example.js";
import { form } from "../samples/parameters.js";
import { exampleText, fillable, filled, formFields, isFile, isForm, keyOf } from "../samples/request.js";
import { html } from "../vendor.js";
import { Entry, control, fileControl } from "./entry.js";
import { jsonFault, unsendable } from "./faults.js";

/** @param {{operation: any, schemas: any, values: any, change: (values: any) => void, faults: Record<string, string>}} props */
export function Fields({ operation, schemas, values, change, faults }) {
  const setParameter = (key, text) => change({ ...values, parameters: { ...values.parameters, [key]: text } });
  return html`
    <div class="entries">${fillable(operation).map((each) => html`<${ParameterEntry} key=${keyOf(each)} parameter=${each} schemas=${schemas}
      value=${values.parameters[keyOf(each)] ?? ""} onInput=${(text) => setParameter(keyOf(each), text)} fault=${faults[keyOf(each)]} />`)}</div>
    ${operation.request_body && html`<${BodyEntries} body=${operation.request_body} schemas=${schemas} values=${values} change=${change} faults=${faults} />`}`;
}

/** The texts to choose from, where the schema has a short list of them. */
function choices(schema, schemas) {
  const reading = read(schema, schemas);
  const values = reading.enum ?? (types(reading).includes("boolean") ? [true, false] : null);
  return values?.filter((each) => each !== null).map(String) ?? null;
}

/** What an empty field shows: the document's example or default, nothing that is made up. */
function hintText(parameter, schemas) {
  const { schema = {} } = Object.values(parameter.content ?? {})[0] ?? parameter;
  const reading = read(schema, schemas);
  const known = [parameter, ...Object.values(parameter.content ?? {}), reading].some(given) || reading.default !== undefined;
  return known ? exampleText(parameter, schemas).split("\n")[0] : "";
}

function ParameterEntry({ parameter, schemas, value, onInput, fault }) {
  const kind = form(parameter, schemas);
  const hints = { list: "One value a line.", json: "An object in JSON.", raw: Object.keys(parameter.content ?? {})[0], text: "" };
  const hint = unsendable(parameter) ? "Browsers let no page send this; the sample has it." : hints[kind];
  const options = kind === "text" ? choices(parameter.schema, schemas) : null;
  const placeholder = options ? (parameter.required ? "choose" : "any") : hintText(parameter, schemas);
  return html`<${Entry} name=${parameter.name} required=${parameter.required} hint=${hint} fault=${fault} wide=${kind !== "text"}
    control=${control({ value, onInput, kind, options, placeholder })} />`;
}

function BodyEntries({ body, schemas, values, change, faults }) {
  const medias = Object.keys(body.content ?? {});
  const content = lookup(body.content, values.media);
  const pick = (media) => change({ ...values, file: undefined, ...filled(media, body.content[media], schemas) });
  return html`
    ${medias.length > 1 && html`<${Entry} name="Content type" wide control=${(attributes) => html`<select ...${attributes} onChange=${(event) => pick(event.currentTarget.value)}>
      ${medias.map((media) => html`<option key=${media} value=${media} selected=${media === values.media}>${media}</option>`)}
    </select>`} />`}
    ${content && html`<${BodyEntry} required=${body.required} content=${content} schemas=${schemas} values=${values} change=${change} faults=${faults} />`}`;
}

function BodyEntry({ required, content, schemas, values, change, faults }) {
  const { media, body, fields } = values;
  if (isForm(media)) {
    return html`<div class="entries">${formFields(content, schemas).map((field) => html`<${FieldEntry} key=${field.name} field=${field} schemas=${schemas} value=${lookup(fields, field.name) ?? ""}
      set=${(value) => change({ ...values, fields: { ...fields, [field.name]: value } })} fault=${faults[`field:${field.name}`]} />`)}</div>`;
  }
  if (isFile(media, content, schemas)) {
    return html`<${Entry} name="Body" required=${required} hint=${media} fault=${faults.body} wide control=${fileControl({ onFiles: ([file]) => change({ ...values, file }) })} />`;
  }
  const fault = faults.body ?? (isJson(media) && body ? jsonFault(body) : null);
  return html`<${Entry} name="Body" required=${required} hint=${media} fault=${fault} wide control=${control({ kind: "body", value: body, onInput: (text) => change({ ...values, body: text }) })} />`;
}

function FieldEntry({ field, schemas, value, set, fault }) {
  const { name, required, several, file, type } = field;
  if (file) {
    return html`<${Entry} name=${name} required=${required} hint=${type} fault=${fault} wide control=${fileControl({ several, onFiles: (files) => set(files.length ? files : "") })} />`;
  }
  const options = several ? null : choices(field.schema, schemas);
  const kind = several || type === "application/json" ? "list" : "text";
  return html`<${Entry} name=${name} required=${required} hint=${several ? "One value a line." : type} fault=${fault} wide=${kind !== "text"}
    control=${control({ value, onInput: set, kind, options })} />`;
}
