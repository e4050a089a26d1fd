// Values against the schemas of OpenAPI 3.0 and 3.1. It interprets a schema and never compiles it: no code is made of
// a document. What it does not know (unevaluatedProperties, $dynamicRef, foreign formats) it lets pass.

import { isObject, subschemas } from "./document.js";

const MOST_STEPS = 50_000;
const DEEPEST = 200;
const MOST_FAULTS = 5;

const TYPES = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  array: Array.isArray,
  object: isObject,
};
const NAMES = {
  null: "null",
  boolean: "true or false",
  string: "text",
  number: "a number",
  integer: "a whole number",
  array: "a list",
  object: "an object",
};
const FORMATS = {
  date: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  "date-time": /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  email: /^[^@\s]+@[^@\s]+$/,
  ipv4: /^\d{1,3}(\.\d{1,3}){3}$/,
  uri: /^[a-z][a-z0-9+.-]*:\S*$/i,
};

/** What is wrong with a value, as texts with the path of the faulty part below it; empty: it fits, or nobody can say. */
export function faults(view, value, schema) {
  const check = new Check(view);
  return check.against(value, schema.value, schema.path, []).slice(0, MOST_FAULTS);
}

class Check {
  #steps = 0;
  #depth = 0;

  constructor(view) {
    this.view = view;
    this.old = /^3\.0/.test(view.document.openapi);
  }

  against(value, raw, at, path) {
    this.#steps += 1;
    if (raw === false) return [fault(path, "is not allowed")];
    if (!isObject(raw) || this.#steps > MOST_STEPS || this.#depth === DEEPEST) return [];
    const { value: schema, path: where } = this.view.follow(raw, at);
    if (!isObject(schema)) return [];
    this.#depth += 1;
    const siblings = schema === raw || this.old ? [] : this.#own(value, { ...raw, $ref: undefined }, at, path);
    const found = [...siblings, ...this.#own(value, schema, where, path)];
    this.#depth -= 1;
    return found;
  }

  #own(value, schema, at, path) {
    if (value === null && this.old && schema.nullable === true) return [];
    const wanted = [schema.type].flat().filter((type) => type in TYPES);
    if (wanted.length > 0 && !wanted.some((type) => TYPES[type](value))) {
      return [fault(path, `must be ${wanted.map((type) => NAMES[type]).join(" or ")}`)];
    }
    return [
      ...listed(value, schema, path),
      ...(typeof value === "number" ? numeric(value, schema, path, this.old) : []),
      ...(typeof value === "string" ? textual(value, schema, path) : []),
      ...(Array.isArray(value) ? this.#items(value, schema, at, path) : []),
      ...(isObject(value) ? this.#properties(value, schema, at, path) : []),
      ...this.#combined(value, schema, at, path),
    ];
  }

  #items(value, schema, at, path) {
    const found = [];
    if (value.length < schema.minItems) found.push(fault(path, `must have ${schema.minItems} items or more`));
    if (value.length > schema.maxItems) found.push(fault(path, `must have ${schema.maxItems} items or fewer`));
    if (schema.uniqueItems === true && new Set(value.map(canonical)).size < value.length) {
      found.push(fault(path, "must not have an item twice"));
    }
    const first = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
    value.forEach((item, index) => {
      const own =
        index < first.length ? [first[index], [...at, "prefixItems", index]] : [schema.items, [...at, "items"]];
      found.push(...this.against(item, ...own, [...path, index]));
    });
    return found;
  }

  #properties(value, schema, at, path) {
    const found = [];
    const properties = isObject(schema.properties) ? schema.properties : {};
    const patterns = Object.entries(isObject(schema.patternProperties) ? schema.patternProperties : {});
    for (const name of Array.isArray(schema.required) ? schema.required : []) {
      if (!Object.hasOwn(value, name) && !this.#oneWay(properties[name], at)) found.push(fault(path, `lacks ${name}`));
    }
    for (const [name, each] of Object.entries(value)) {
      const inside = [...path, name];
      const matching = patterns.filter(([pattern]) => matches(pattern, name));
      if (Object.hasOwn(properties, name)) {
        found.push(...this.against(each, properties[name], [...at, "properties", name], inside));
      } else if (matching.length === 0 && schema.additionalProperties === false) {
        found.push(fault(inside, "is no property of the schema"));
      } else if (matching.length === 0) {
        found.push(...this.against(each, schema.additionalProperties, [...at, "additionalProperties"], inside));
      }
      for (const [pattern, own] of matching) {
        found.push(...this.against(each, own, [...at, "patternProperties", pattern], inside));
      }
    }
    return found;
  }

  /** Sent in one direction only: an example of the other need not have it. */
  #oneWay(raw, at) {
    const { value: schema } = this.view.follow(raw, at);
    return isObject(schema) && (schema.readOnly === true || schema.writeOnly === true);
  }

  #combined(value, schema, at, path) {
    const found = [];
    const below = subschemas(schema, at);
    const part = (key) => below.filter(({ path: each }) => each.at(-2) === key && each.length === at.length + 2);
    const wrong = (each) => this.against(value, each.value, each.path, path);
    for (const each of part("allOf")) found.push(...wrong(each));
    for (const key of ["anyOf", "oneOf"]) {
      const told = part(key).map(wrong);
      if (told.length === 0) continue;
      const fitting = told.filter((each) => each.length === 0).length;
      if (fitting === 0)
        found.push(...(told.length === 1 ? told[0] : [fault(path, `fits none of the schema's ${key}`)]));
      if (fitting > 1 && key === "oneOf") found.push(fault(path, `fits ${fitting} of the schema's oneOf, not one`));
    }
    return found;
  }
}

function listed(value, schema, path) {
  const own = canonical(value);
  if ("const" in schema && canonical(schema.const) !== own) return [fault(path, "is not the schema's const")];
  if (!Array.isArray(schema.enum) || schema.enum.some((each) => canonical(each) === own)) return [];
  return [fault(path, "is none of the schema's enum")];
}

function numeric(value, schema, path, old) {
  const { minimum: least, maximum: most, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema;
  const found = [];
  if (value < least || (old && above === true && value === least)) found.push(fault(path, `is below ${least}`));
  if (value > most || (old && below === true && value === most)) found.push(fault(path, `is above ${most}`));
  if (typeof above === "number" && value <= above) found.push(fault(path, `must be more than ${above}`));
  if (typeof below === "number" && value >= below) found.push(fault(path, `must be less than ${below}`));
  if (multipleOf > 0 && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9) {
    found.push(fault(path, `is no multiple of ${multipleOf}`));
  }
  return found;
}

function textual(value, schema, path) {
  const found = [];
  const length = [...value].length;
  if (length < schema.minLength) found.push(fault(path, `must be ${schema.minLength} characters or more`));
  if (length > schema.maxLength) found.push(fault(path, `must be ${schema.maxLength} characters or fewer`));
  if (typeof schema.pattern === "string" && !matches(schema.pattern, value)) {
    found.push(fault(path, "does not match the schema's pattern"));
  }
  const format = Object.hasOwn(FORMATS, schema.format) ? FORMATS[schema.format] : null;
  if (format && !format.test(value)) found.push(fault(path, `is no ${schema.format}`));
  return found;
}

/** A pattern that is none of JavaScript's matches everything. */
function matches(pattern, text) {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}

const fault = (path, text) => ({ path, text });

const canonical = (value) =>
  JSON.stringify(value, (_, each) => (isObject(each) ? Object.fromEntries(Object.entries(each).sort()) : each));
