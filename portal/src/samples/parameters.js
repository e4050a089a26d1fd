/** Parameters on the wire: RFC 6570 as OpenAPI's `style` and `explode` use it. */

import { read, types } from "../reference/schema.js";

const RESERVED = /%(3A|2F|3F|40|21|24|28|29|2A|2C|3B|3D)/g;

/** Percent-encodes all but the unreserved characters; with `reserved` those that cannot be mistaken stay. */
export function encoded(value, reserved = false) {
  const text = encodeURIComponent(plain(value).toWellFormed()).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return reserved ? text.replace(RESERVED, decodeURIComponent) : text;
}

const plain = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** What is typed for a parameter: "text", "list" (a value on each line), "json" (an object) or "raw" (by media type). */
export function form(parameter, schemas) {
  if (parameter.content) return "raw";
  const { type, choices = [] } = kindOf(parameter.schema, schemas);
  if (type === "array") return "list";
  const inner = type ? [] : choices.flatMap(({ of }) => of.map((each) => kindOf(each, schemas).type));
  return type === "object" || inner.includes("object") ? "json" : "text";
}

function kindOf(schema, schemas) {
  const reading = read(schema, schemas);
  return { type: types(reading).find((each) => each !== "null"), choices: reading.choices };
}

/**
 * The value of a parameter from what was typed; undefined for nothing.
 * @throws {SyntaxError} where an object is not JSON
 */
export function typed(parameter, text, schemas) {
  if (text === undefined || text === "") return undefined;
  const kind = form(parameter, schemas);
  if (kind === "list") return text.split("\n").filter((line) => line !== "");
  return kind === "json" ? JSON.parse(text) : text;
}

/** What one would type for `value`. */
export function typing(parameter, value, schemas) {
  if (value === undefined || value === null) return "";
  const kind = form(parameter, schemas);
  if (kind === "list") return [value].flat().map(plain).join("\n");
  return kind === "json" || typeof value === "object" ? JSON.stringify(value) : String(value);
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const flat = (value) => (isObject(value) ? Object.entries(value).flat() : [value].flat());

/** `[name, value]` pairs, encoded, that a query string or a form has for the value. */
export function pairs({ name, style = "form", explode = style === "form", allowReserved = false, content }, value) {
  const encode = (each) => encoded(each, allowReserved);
  const one = (each) => [encoded(name), encode(each)];
  if (content) return [one(value)];
  if (style === "deepObject" && isObject(value)) return nested(encoded(name), value, encode);
  if (explode && isObject(value)) return Object.entries(value).map(([key, each]) => [encoded(key), encode(each)]);
  if (explode || typeof value !== "object") return [value].flat().map(one);
  const separator = { spaceDelimited: "%20", pipeDelimited: "%7C" }[style] ?? ",";
  return [[encoded(name), flat(value).map(encode).join(separator)]];
}

function nested(name, value, encode) {
  return Object.entries(value).flatMap(([key, each]) => {
    const inner = `${name}%5B${encoded(key)}%5D`;
    if (isObject(each)) return nested(inner, each, encode);
    return [each].flat().map((item) => [inner, encode(item)]);
  });
}

/** The text that takes the place of `{name}` in the path. */
export function segment({ name, style = "simple", explode = false, content }, value) {
  if (content) return encoded(value);
  const items = isObject(value) && explode
    ? Object.entries(value).map(([key, each]) => `${encoded(key)}=${encoded(each)}`)
    : flat(value).map((each) => encoded(each));
  if (style === "label") return `.${items.join(explode ? "." : ",")}`;
  if (style !== "matrix") return items.join(",");
  if (!explode) return `;${encoded(name)}=${items.join(",")}`;
  return items.map((item) => (isObject(value) ? `;${item}` : `;${encoded(name)}=${item}`)).join("");
}

/** A header's value: as typed, lists with commas; signs that no header can hold become spaces. */
export function header({ explode = false, content }, value) {
  return written(value, explode, content).toWellFormed().replace(/[\x00-\x08\x0a-\x1f\x7f]+/g, " ").replace(/^[ \t]+|[ \t]+$/g, "");
}

function written(value, explode, content) {
  if (content || typeof value !== "object") return plain(value);
  if (isObject(value) && explode) return Object.entries(value).map(([key, each]) => `${key}=${plain(each)}`).join(",");
  return flat(value).map(plain).join(",");
}
