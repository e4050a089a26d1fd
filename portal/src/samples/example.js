/** Examples from schemas: what the document gives comes first, then what its types and constraints allow. */

import { lookup } from "../lookup.js";
import { read, types } from "../reference/schema.js";

const TEXTS = {
  date: "2026-10-30", "date-time": "2026-10-30T09:30:00Z", time: "09:30:00Z", duration: "P1D", email: "ada@example.com",
  "idn-email": "ada@example.com", hostname: "example.com", ipv4: "192.0.2.1", ipv6: "2001:db8::1", uri: "https://example.com/",
  "uri-reference": "/example", url: "https://example.com/", uuid: "6f1c2c52-4f0e-4b0a-9c1e-0d7c5b3a2f10", byte: "ZXhhbXBsZQ==",
  binary: "", password: "secret", regex: "^a+$", "json-pointer": "/name",
};
const DEPTH = 6;
const MOST = 200;

function text({ format, minLength = 0, maxLength, contentEncoding }) {
  const found = lookup(TEXTS, format) ?? (contentEncoding === "base64" ? TEXTS.byte : "string");
  return found.padEnd(Math.min(minLength, 1000), "a").slice(0, maxLength ?? undefined);
}

function number(reading, whole) {
  const step = reading.multipleOf ?? (whole ? 1 : 0.5);
  const above = typeof reading.exclusiveMinimum === "number" ? reading.exclusiveMinimum : reading.minimum;
  const open = reading.exclusiveMinimum !== undefined && reading.exclusiveMinimum !== false;
  const least = above === undefined ? Math.min(1, reading.maximum ?? 1) : above + (open ? step : 0);
  const found = reading.multipleOf ? Math.ceil(least / step) * step : least;
  return whole ? Math.ceil(found) : found;
}

/** The first example that the document itself gives, as `{value}`; null where there is none. */
export function given(holder) {
  if (!holder || typeof holder !== "object") return null;
  if (holder.example !== undefined) return { value: holder.example };
  if (Array.isArray(holder.examples)) return holder.examples.length ? { value: holder.examples[0] } : null;
  const values = Object.values(holder.examples ?? {}).filter((each) => each && "value" in each);
  return values.length ? { value: values[0].value } : null;
}

/**
 * An example of `schema`: for a request without what is read only, for a response without what is write only. It ends
 * for recursive schemas, and never has more than a few hundred values.
 */
export function example(schema, schemas, { response = false } = {}) {
  return make(schema, { schemas, skip: response ? "writeOnly" : "readOnly", left: MOST }, []);
}

function make(schema, state, trail) {
  const reading = read(schema, state.schemas);
  const known = given(reading);
  if (known) return known.value;
  for (const key of ["const", "default"]) if (reading[key] !== undefined) return reading[key];
  if (reading.enum?.length) return reading.enum[0];
  const within = [...trail, ...(reading.names ?? [])];
  const type = types(reading).find((each) => each !== "null");
  const object = type === "object" || (!type && reading.properties);
  state.left -= 1;
  if (state.left < 0 && (object || type === "array" || !type)) return object ? {} : type ? [] : null;
  const chosen = reading.choices?.[0] && choose(reading, state, within);
  if (object) {
    const own = members(reading, state, within, trail);
    return chosen && typeof chosen === "object" && !Array.isArray(chosen) ? { ...own, ...chosen } : own;
  }
  if (chosen !== undefined) return chosen;
  if (type === "array") return list(reading, state, within);
  if (type === "string") return text(reading);
  if (type === "integer" || type === "number") return number(reading, type === "integer");
  if (type === "boolean") return true;
  return reading.any || reading.not ? {} : null;
}

function choose(reading, state, trail) {
  const { of, discriminator } = reading.choices[0];
  const first = of.find((each) => !repeats(each, state, trail) && types(read(each, state.schemas))[0] !== "null");
  if (first === undefined) return undefined;
  const made = make(first, state, trail);
  const name = read(first, state.schemas).names?.[0];
  if (!discriminator?.propertyName || !made || typeof made !== "object" || Array.isArray(made)) return made;
  const value = Object.entries(discriminator.mapping ?? {}).find(([, target]) => target.split("/").pop() === name)?.[0] ?? name;
  const property = read(read(first, state.schemas).properties?.[discriminator.propertyName], state.schemas);
  return value === undefined || "const" in property || property.enum ? made : { ...made, [discriminator.propertyName]: value };
}

const repeats = (schema, state, trail) => {
  const reading = read(schema, state.schemas);
  return reading.cyclic || (reading.names ?? []).some((name) => trail.includes(name));
};

function members(reading, state, trail) {
  const required = Array.isArray(reading.required) ? reading.required : [];
  const found = [];
  for (const [name, schema] of Object.entries(reading.properties ?? {})) {
    const each = read(schema, state.schemas);
    const needed = required.includes(name);
    if (each[state.skip] || each.never || (each.deprecated && !needed)) continue;
    if (!needed && (trail.length > DEPTH || state.left <= 0 || repeats(schema, state, trail))) continue;
    if (repeats(schema, state, trail)) found.push([name, types(each).includes("array") ? [] : {}]);
    else if (arrayOfItself(each, state, trail)) needed && found.push([name, []]);
    else found.push([name, make(schema, state, trail)]);
  }
  const other = reading.additionalProperties;
  if (!found.length && other && typeof other === "object" && !repeats(other, state, trail) && state.left > 0) {
    found.push(["name", make(other, state, trail)]);
  }
  return Object.fromEntries(found);
}

const arrayOfItself = (reading, state, trail) => reading.items !== undefined && repeats(reading.items, state, trail);

function list(reading, state, trail) {
  if (reading.prefixItems) return reading.prefixItems.map((each) => make(each, state, trail));
  if (reading.items === undefined || arrayOfItself(reading, state, trail) || state.left <= 0) return [];
  const most = Math.min(Math.max(reading.minItems ?? 1, 1), reading.maxItems ?? 3, 3);
  return Array.from({ length: most }, () => make(reading.items, state, trail));
}
