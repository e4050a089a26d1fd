/** What keeps a request from being sent, by field, in words that say how to mend it. */

import { isForbidden } from "../call/send.js";
import { isJson } from "../http.js";
import { lookup } from "../lookup.js";
import { form, typed } from "../samples/parameters.js";
import { fillable, formFields, isFile, isForm, keyOf } from "../samples/request.js";

/** @returns {Record<string, string>} by "in:name", "field:name" or "body" */
export function faults(operation, values, schemas) {
  const found = {};
  for (const parameter of fillable(operation)) {
    const fault = parameterFault(parameter, values.parameters[keyOf(parameter)] ?? "", schemas);
    if (fault) found[keyOf(parameter)] = fault;
  }
  const body = bodyFaults(operation, values, schemas);
  return { ...found, ...body };
}

function parameterFault(parameter, text, schemas) {
  if (text === "") return parameter.required && !unsendable(parameter) ? "Required: type a value." : null;
  if (parameter.in === "path" && /^\.{1,2}$/.test(text)) return "A path cannot have “.” or “..” as a part.";
  if (parameter.in === "header" && /[\r\n]/.test(text) && form(parameter, schemas) === "text") return "A header is one line: take the line breaks out.";
  try {
    typed(parameter, text, schemas);
    return null;
  } catch (error) {
    return `Not an object in JSON: ${error.message}`;
  }
}

/** Whether a browser keeps pages from sending it. */
export const unsendable = (parameter) => parameter.in === "cookie" || (parameter.in === "header" && isForbidden(parameter.name));

function bodyFaults(operation, values, schemas) {
  const body = operation.request_body;
  const content = body?.content?.[values.media];
  if (!content) return {};
  if (isForm(values.media)) return fieldFaults(formFields(content, schemas), values);
  if (isFile(values.media, content, schemas)) return body.required && !values.file ? { body: "Required: choose a file." } : {};
  if (!values.body) return body.required ? { body: "Required: type a body." } : {};
  const fault = isJson(values.media) ? jsonFault(values.body) : null;
  return fault ? { body: fault } : {};
}

function fieldFaults(fields, values) {
  const missing = fields.filter(({ name, required }) => required && !lookup(values.fields, name));
  return Object.fromEntries(missing.map(({ name, file }) => [`field:${name}`, file ? "Required: choose a file." : "Required: type a value."]));
}

/** Why a text is not JSON, with the line; null where it is. */
export function jsonFault(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const [, at] = /position (\d+)/.exec(error.message) ?? [];
    const line = at === undefined ? null : text.slice(0, Number(at)).split("\n").length;
    return `Not JSON${line ? ` (line ${line})` : ""}: ${error.message.replace(/ in JSON at position.*$/, "").replace(/^JSON\.parse: /, "")}`;
  }
}
