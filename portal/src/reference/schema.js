/**
 * Reads a JSON Schema of OpenAPI 3.0 or 3.1 for people: references are followed and `allOf` is joined.
 * What comes out is `Reading`: the schema's own keywords, and `names` (the references that led there), `parts` (what
 * `allOf` named), `choices` (`oneOf` and `anyOf`), `any` (everything goes), `never` (nothing does), `cyclic`.
 *
 * @typedef {{kind: "oneOf"|"anyOf", of: any[], discriminator?: any}} Choice
 */

import { lookup } from "../lookup.js";

const TIGHTER = {
  minimum: Math.max, maximum: Math.min, minLength: Math.max, maxLength: Math.min, minItems: Math.max,
  maxItems: Math.min, minProperties: Math.max, maxProperties: Math.min,
};

/** Names that only a `Reading` has. */
const OURS = ["choices", "names", "parts", "any", "never", "cyclic"];

/** The schema that `ref` names, by its whole text or its last part. */
export function named(ref, schemas) {
  const name = String(ref);
  const last = name.split("/").pop();
  if (Object.hasOwn(schemas, name)) return [name, schemas[name]];
  return [last, Object.hasOwn(schemas, last) ? schemas[last] : undefined];
}

function both(one, other) {
  if (one === undefined || one === other) return other;
  return other === undefined ? one : { allOf: [one, other] };
}

function joinProperties(one, other) {
  const joined = new Map(Object.entries(one));
  for (const [name, schema] of Object.entries(other)) joined.set(name, both(joined.get(name), schema));
  return Object.fromEntries(joined);
}

function join(base, more) {
  const all = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const before = lookup(base, key);
    if (key === "__proto__") continue;
    if (before === undefined) all[key] = value;
    else if (key === "properties" || key === "patternProperties") all[key] = joinProperties(before, value);
    else if (["required", "choices", "parts", "names"].includes(key)) all[key] = [...new Set([...before, ...value])];
    else if (key === "enum") all[key] = before.filter(Set.prototype.has, new Set(value));
    else all[key] = lookup(TIGHTER, key)?.(before, value) ?? value;
  }
  return all;
}

/** Readings by the schemas that references lead to, and by what is read. */
const readings = new WeakMap();

/** @returns {any} the `Reading` of `schema`: always the same one, made in time that does not grow with how often a schema is met. */
export function read(schema, schemas) {
  if (!readings.has(schemas)) readings.set(schemas, new WeakMap());
  const known = readings.get(schemas);
  return known.get(schema) ?? followed(schema, { schemas, known, met: new Map() }, []);
}

/** As `read`, on the way through the references `seen`; `met`: what was read on this way, maybe cut short by a circle. */
function followed(schema, state, seen) {
  if (!schema || typeof schema !== "object") return schema === false ? { never: true } : { any: true };
  const before = state.known.get(schema) ?? state.met.get(schema);
  if (before) return before;
  const found = joined(schema, state, seen);
  state.met.set(schema, found);
  if (!found.cyclic || !seen.length) state.known.set(schema, found);
  return found;
}

function joined(schema, state, seen) {
  const { $ref, allOf = [], oneOf, anyOf, ...own } = schema;
  for (const key of OURS) delete own[key];
  const parts = [...allOf];
  const choices = [];
  for (const [kind, of] of Object.entries({ oneOf, anyOf })) {
    if (!Array.isArray(of)) continue;
    const others = of.filter((each) => each?.type !== "null");
    if (others.length < of.length) own.nullable = true;
    if (others.length === 1) parts.push(others[0]);
    else if (others.length) choices.push({ kind, of: others, discriminator: own.discriminator });
  }
  if (choices.length) own.choices = choices;
  let base = {};
  if ($ref !== undefined) {
    const [name, target] = named($ref, state.schemas);
    if (seen.includes(name)) return { names: [name], cyclic: true };
    base = { ...followed(target, state, [...seen, name]) };
    base.names = [name, ...(base.names ?? [])];
  }
  const alone = parts.length === 1;
  for (const part of parts) {
    const { names = [], description, ...rest } = followed(part, state, seen);
    const named = alone && !own.properties ? { names } : { parts: [names[0]] };
    base = join(base, { ...rest, ...(alone && description ? { description } : {}), ...(names.length ? named : {}) });
  }
  return join(base, own);
}

/** @returns {string[]} the JSON types, "null" among them; what is not said is concluded from other keywords. */
export function types(reading) {
  let said = [reading.type ?? []].flat();
  if (!said.length) {
    if (reading.properties || reading.additionalProperties || reading.patternProperties) said = ["object"];
    else if (reading.items || reading.prefixItems) said = ["array"];
    else if (reading.enum || "const" in reading) {
      said = [...new Set((reading.enum ?? [reading.const]).map((value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value)))];
    }
  }
  return reading.nullable && !said.includes("null") ? [...said, "null"] : said;
}

/** "string (date)", "array of Account", "integer or null". */
export function typeWords(schema, schemas, depth = 0) {
  const reading = read(schema, schemas);
  if (reading.never) return "nothing";
  const words = types(reading).map((type) => {
    if (type === "array" && reading.items && depth < 3) return `array of ${itemWords(reading.items, schemas, depth)}`;
    return reading.format && type !== "null" && type !== "array" && type !== "object" ? `${type} (${reading.format})` : type;
  });
  if (words.length) return words.join(" or ");
  if (reading.choices) return reading.choices[0].kind === "oneOf" ? "one of" : "any of";
  return reading.not !== undefined ? "anything but" : "any value";
}

function itemWords(items, schemas, depth) {
  const { names, cyclic } = read(items, schemas);
  const words = typeWords(items, schemas, depth + 1);
  return names && (cyclic || /^(object|one of|any of|any value)/.test(words)) ? names[0] : words;
}

/** A short name for one of several schemas: its discriminator's value, title, name or type. */
export function label(schema, schemas, discriminator) {
  const reading = read(schema, schemas);
  for (const [value, target] of Object.entries(discriminator?.mapping ?? {})) {
    if (named(target, schemas)[0] === reading.names?.[0]) return value;
  }
  return reading.title ?? reading.names?.[0] ?? typeWords(schema, schemas);
}

/**
 * What is inside: properties, items, alternatives and conditions, as rows with a name.
 * @returns {{name: string, kind: "property"|"pattern"|"rule", schema: any, required?: boolean}[]}
 */
export function inside(reading) {
  const required = Array.isArray(reading.required) ? reading.required : [];
  const rows = Object.entries(reading.properties ?? {}).map(([name, schema]) => (
    { name, kind: "property", schema, required: required.includes(name) }));
  for (const name of required) {
    if (!Object.hasOwn(reading.properties ?? {}, name)) rows.push({ name, kind: "property", schema: true, required: true });
  }
  for (const [name, schema] of Object.entries(reading.patternProperties ?? {})) rows.push({ name, kind: "pattern", schema });
  const rule = (name, schema) => schema !== undefined && typeof schema === "object" && rows.push({ name, kind: "rule", schema });
  rule("any other property", reading.additionalProperties);
  rule("property names", reading.propertyNames);
  (reading.prefixItems ?? []).forEach((schema, index) => rule(`item ${index + 1}`, schema));
  rule(reading.prefixItems ? "further items" : "each item", reading.items);
  rule("at least one item", reading.contains);
  rule("not", reading.not);
  rule("if", reading.if);
  rule("then", reading.then);
  rule("else", reading.else);
  for (const [name, schema] of Object.entries(reading.dependentSchemas ?? {})) rule(`when ${name} is there`, schema);
  rule("properties not named above", reading.unevaluatedProperties);
  rule("items not named above", reading.unevaluatedItems);
  rule("once decoded", reading.contentSchema);
  return rows;
}

/** Values with a word on each: alternatives that are constants. @returns {{value: any, title?: string, description?: any}[] | null} */
export function constants({ choices }, schemas) {
  if (choices?.length !== 1) return null;
  const readings = choices[0].of.map((each) => read(each, schemas));
  if (!readings.every((each) => "const" in each || each.enum?.length === 1)) return null;
  return readings.map((each) => ({ value: "const" in each ? each.const : each.enum[0], title: each.title, description: each.description }));
}

/** Whether there is anything to open beyond what a row of its own says. */
export function deep(schema, schemas) {
  const reading = read(schema, schemas);
  if (reading.cyclic || (reading.choices && !constants(reading, schemas))) return true;
  return inside(reading).some((row) => row.name !== "each item" || telling(row.schema, schemas));
}

function telling(items, schemas) {
  const reading = read(items, schemas);
  return deep(items, schemas) || ["description", "enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "example", "examples", "default", "title"].some((key) => key in reading);
}
