/**
 * Reads a JSON Schema of OpenAPI 3.0 or 3.1 for people: references are followed and `allOf` is joined.
 * What comes out is `Reading`: the schema's own keywords, and `names` (the references that led there), `parts` (what
 * `allOf` named), `choices` (`oneOf` and `anyOf`), `any` (everything goes), `never` (nothing does), `cyclic`.
 *
 * @typedef {{kind: "oneOf"|"anyOf", of: any[], discriminator?: any}} Choice
 */

const TIGHTER = {
  minimum: Math.max, maximum: Math.min, minLength: Math.max, maxLength: Math.min, minItems: Math.max,
  maxItems: Math.min, minProperties: Math.max, maxProperties: Math.min,
};

/** The schema that `ref` names, by its whole text or its last part. */
export function named(ref, schemas) {
  const name = String(ref);
  const last = name.split("/").pop();
  if (Object.hasOwn(schemas, name)) return [name, schemas[name]];
  return [last, Object.hasOwn(schemas, last) ? schemas[last] : undefined];
}

function both(one, other) {
  if (one === undefined) return other;
  return other === undefined ? one : { allOf: [one, other] };
}

function joinProperties(one, other) {
  const joined = new Map(Object.entries(one));
  for (const [name, schema] of Object.entries(other)) joined.set(name, both(joined.get(name), schema));
  return Object.fromEntries(joined);
}

function join(base, more) {
  const joined = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    if (key === "__proto__") continue;
    if (before === undefined) joined[key] = value;
    else if (key === "properties" || key === "patternProperties") joined[key] = joinProperties(before, value);
    else if (key === "required" && Array.isArray(before)) joined[key] = [...new Set([...before, ...value])];
    else if (["choices", "parts", "names"].includes(key)) joined[key] = [...before, ...value];
    else if (key === "enum") joined[key] = before.filter((each) => value.includes(each));
    else if (key in TIGHTER) joined[key] = TIGHTER[key](before, value);
    else joined[key] = value;
  }
  return joined;
}

/** @returns {any} the `Reading` of `schema`. */
export function read(schema, schemas, seen = []) {
  if (schema === false) return { never: true };
  if (!schema || typeof schema !== "object") return { any: true };
  const { $ref, allOf = [], oneOf, anyOf, ...own } = schema;
  const choices = [];
  const parts = [...allOf];
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
    const [name, target] = named($ref, schemas);
    if (seen.includes(name)) return { names: [name], cyclic: true };
    base = { ...read(target, schemas, [...seen, name]) };
    base.names = [name, ...(base.names ?? [])];
  }
  const alone = parts.length === 1;
  for (const part of parts) {
    const { names = [], description, ...rest } = read(part, schemas, seen);
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
