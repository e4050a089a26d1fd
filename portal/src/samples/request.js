/**
 * A request from an operation and what was typed, as samples print it and try-it sends it.
 *
 * @typedef {{parameters: Record<string, string>, media?: string, body?: string, fields?: Record<string, any>, file?: any}} Values
 *   parameters by "in:name"; `fields` of a form; `file` for a body of bytes
 * @typedef {{name: string, text: string, type?: string} | {name: string, filename: string, type: string, file?: any}} Part
 * @typedef {{kind: "json"|"text"|"file"|"parts", text?: string, parts?: Part[], filename?: string, file?: any}} Body
 * @typedef {{method: string, url: string, headers: [string, string | Secret][], body: Body|null}} Request
 * @typedef {{variable: string, prefix: string}} Secret  a credential that a sample takes from the environment
 */

import { isJson } from "../http.js";
import { lookup } from "../lookup.js";
import { read, types } from "../reference/schema.js";
import { example, given } from "./example.js";
import { encoded, header, pairs, segment, typed, typing } from "./parameters.js";

/** Headers that are not parameters: OpenAPI says so of the first three, the gateway takes the key from the others. */
const OURS = ["accept", "content-type", "authorization", "x-api-key"];

const TYPE = /^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

export const isForm = (media = "") => /^(application\/x-www-form-urlencoded|multipart\/)/i.test(media);

/** The first of the media types that a document names, of a form that no client takes for more than that; "" for none. */
function mediaType(text) {
  const first = typeof text === "string" ? text.split(",")[0].trim() : "";
  return TYPE.test(first) ? first : "";
}

/** The parameters that a person fills in. */
export const fillable = (operation) =>
  (operation.parameters ?? []).filter(({ in: place, name }) => place !== "header" || (TOKEN.test(name) && !OURS.includes(name.toLowerCase())));

export const keyOf = (parameter) => `${parameter.in}:${parameter.name}`;

const holder = (parameter) => Object.values(parameter.content ?? {})[0] ?? parameter;

/** The example of a parameter as one would type it. */
export function exampleText(parameter, schemas) {
  const source = holder(parameter);
  const value = (given(parameter) ?? given(source))?.value ?? example(source.schema, schemas);
  return typing(parameter, value, schemas);
}

/** An example body of a media type as text. */
function exampleBody(media, content, schemas) {
  const value = given(content)?.value ?? example(content?.schema, schemas);
  return isJson(media) || typeof value !== "string" ? JSON.stringify(value, null, 2) ?? "" : value;
}

/** Whether a body is bytes that a person has as a file. */
export function isFile(media, content, schemas) {
  if (isJson(media) || isForm(media)) return false;
  const reading = read(content?.schema, schemas);
  return reading.format === "binary" || !/^text\/|[/+]xml\b|[/+]json\b|yaml/i.test(media) && !given(content) && !types(reading).length;
}

/** The fields of a form body. @returns {{name: string, schema: any, required: boolean, several: boolean, file: boolean, type: string}[]} */
export function formFields(content, schemas) {
  const reading = read(content?.schema, schemas);
  return Object.entries(reading.properties ?? {}).filter(([, schema]) => !read(schema, schemas).readOnly).map(([name, schema]) => {
    const own = read(schema, schemas);
    const several = types(own).includes("array");
    const inner = several ? read(own.items, schemas) : own;
    const encoding = lookup(content.encoding, name) ?? {};
    const bytes = inner.format === "binary" || (inner.contentMediaType && !inner.contentEncoding && !types(inner).includes("object"));
    return {
      name, schema, several, required: (reading.required ?? []).includes(name), file: Boolean(bytes),
      type: mediaType(encoding.contentType) || mediaType(inner.contentMediaType) || (types(inner).includes("object") ? "application/json" : ""),
    };
  });
}

/** What the form begins with: what is required has its example, the rest is empty. @returns {Values} */
export function initial(operation, schemas) {
  const parameters = {};
  for (const each of fillable(operation)) if (each.required) parameters[keyOf(each)] = exampleText(each, schemas);
  const content = operation.request_body?.content ?? {};
  const media = Object.keys(content).find(isJson) ?? Object.keys(content)[0];
  return { parameters, ...filled(media, content[media], schemas) };
}

/** The part of `Values` that goes with a media type. */
export function filled(media, content, schemas) {
  if (!media) return {};
  if (!isForm(media)) return { media, body: isFile(media, content, schemas) ? "" : exampleBody(media, content, schemas), fields: {} };
  const whole = given(content)?.value;
  const fields = formFields(content, schemas).flatMap((each) => {
    const value = lookup(whole, each.name) ?? (each.required ? example(each.schema, schemas) : undefined);
    return each.file || value === undefined ? [] : [[each.name, fieldText(each, value)]];
  });
  return { media, body: "", fields: Object.fromEntries(fields) };
}

const fieldText = ({ several }, value) => {
  const plain = (each) => (typeof each === "object" ? JSON.stringify(each) : String(each));
  return several ? [value].flat().map(plain).join("\n") : plain(value);
};

function bodyOf(operation, values, schemas) {
  const content = operation.request_body?.content?.[values.media];
  if (!content) return null;
  if (!isForm(values.media)) {
    if (isFile(values.media, content, schemas)) return { kind: "file", filename: values.file?.name ?? "body.bin", file: values.file };
    if (!values.body) return null;
    return { kind: isJson(values.media) && valid(values.body) ? "json" : "text", text: values.body.toWellFormed() };
  }
  const parts = formFields(content, schemas).flatMap((field) => parted(field, lookup(values.fields, field.name)));
  if (/^multipart/i.test(values.media)) return { kind: "parts", parts };
  const text = parts.flatMap((part) => {
    const { style, explode, allowReserved } = lookup(content.encoding, part.name) ?? {};
    return pairs({ name: part.name, style, explode, allowReserved }, part.text ?? part.filename);
  }).map((pair) => pair.join("=")).join("&");
  return { kind: "text", text };
}

function parted(field, value) {
  const { name, type } = field;
  if (field.file) {
    const files = value ? [value].flat() : field.required ? [undefined] : [];
    return files.map((file) => ({ name, filename: file?.name ?? "file.bin", type: file?.type || type || "application/octet-stream", file }));
  }
  if (value === undefined || value === "") return [];
  return (field.several ? value.split("\n") : [value]).map((text) => ({ name, text: text.toWellFormed(), ...(type ? { type } : {}) }));
}

function valid(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A parameter's value; one that is required and missing stands as its example, one that cannot be read as its text. */
function valueOf(parameter, values, schemas) {
  const text = values.parameters[keyOf(parameter)] || (parameter.required ? exampleText(parameter, schemas) : "");
  try {
    return typed(parameter, text, schemas);
  } catch {
    return text;
  }
}

/**
 * @param {{base: string, schemas: object, credentials?: {name: string, value: string | Secret}[]}} context `base`: up to the API's version
 * @returns {Request}
 */
export function request(operation, values, { base, schemas, credentials = [] }) {
  let path = operation.path;
  const query = [];
  const headers = credentials.map(({ name, value }) => [name, value]);
  const cookies = [];
  for (const parameter of fillable(operation)) {
    const value = valueOf(parameter, values, schemas);
    if (parameter.in === "path") path = path.replaceAll(`{${parameter.name}}`, () => segment(parameter, value ?? ""));
    else if (value === undefined) continue;
    else if (parameter.in === "query") query.push(...pairs(parameter, value));
    else if (parameter.in === "header") headers.push([parameter.name, header(parameter, value)]);
    else cookies.push(...pairs(parameter, value));
  }
  if (cookies.length) headers.push(["Cookie", cookies.map((pair) => pair.join("=")).join("; ")]);
  const body = bodyOf(operation, values, schemas);
  if (body && body.kind !== "parts") headers.push(["Content-Type", header({}, values.media)]);
  const search = query.map((pair) => pair.join("=")).join("&");
  const safe = path.replace(/[^\w\-.~!$&()*+,;=:@%/]/gu, (sign) => encoded(sign));
  return { method: operation.method.toUpperCase(), url: `${base}${safe}${search ? `?${search}` : ""}`, headers, body };
}
