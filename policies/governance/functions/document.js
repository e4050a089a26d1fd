// What the rules look at in an OpenAPI document: each place once, with the path at which it is written.
// References within the document are followed, without copying what they lead to; all others are let be.

import { withoutReference } from "./references.js";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const REQUEST = "request";
const RESPONSE = "response";
const known = new WeakMap();

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
export const isError = (status) => status === "default" || /^[45]/.test(status);
export const isJson = (type) => /^application\/([\w.+-]+\+)?json(\s*;|$)/i.test(type);

const children = (value, path) =>
  isObject(value) ? Object.entries(value).map(([key, each]) => [each, [...path, key]]) : [];

/** The document as rules see it; read once for all of them. */
export function read(document) {
  if (!known.has(document)) known.set(document, new Document(document));
  return known.get(document);
}

class Document {
  constructor(document) {
    this.document = document;
    this.operations = [];
    this.parameters = new Places();
    this.media = new Places();
    this.responses = new Places();
    this.headers = new Places();
    this.schemas = new Places();
    this.examples = new Places();
    for (const [item, path] of children(document.paths, ["paths"])) {
      if (!path[1].startsWith("x-")) this.#item(path[1], item, path);
    }
    const components = isObject(document.components) ? document.components : {};
    this.schemes = children(components.securitySchemes, ["components", "securitySchemes"])
      .map(([value, path]) => ({ name: path[2], ...this.follow(value, path) }))
      .filter(({ value }) => isObject(value));
    for (const schema of this.schemas) this.#schemaExamples(schema);
  }

  /** What a value stands for: itself, or what its local reference leads to. */
  follow(value, path) {
    return withoutReference(this.document, value, path);
  }

  #item(template, raw, at) {
    const { value: item, path } = this.follow(raw, at);
    if (!isObject(item)) return;
    const shared = this.#parameters(item.parameters, [...path, "parameters"]);
    for (const method of METHODS) {
      if (isObject(item[method])) this.#operation(template, method, item[method], [...path, method], shared);
    }
  }

  #operation(template, method, value, path, shared) {
    const own = this.#parameters(value.parameters, [...path, "parameters"]);
    const replaced = new Set(own.map(({ value: { name, in: where } }) => `${where} ${name}`));
    const inherited = shared.filter(({ value: { name, in: where } }) => !replaced.has(`${where} ${name}`));
    const operation = {
      name: `${method.toUpperCase()} ${template}`,
      template,
      method,
      value,
      path,
      parameters: [...inherited, ...own],
      body: null,
      media: [],
      responses: [],
      security: value.security ?? this.document.security,
      securityPath: value.security === undefined ? ["security"] : [...path, "security"],
    };
    this.operations.push(operation);
    const body = this.follow(value.requestBody, [...path, "requestBody"]);
    if (isObject(body.value)) {
      operation.body = body;
      operation.media.push(...this.#content(body, REQUEST, ""));
    }
    for (const [raw, at] of children(value.responses, [...path, "responses"])) {
      const status = at.at(-1);
      const response = this.follow(raw, at);
      if (status.startsWith("x-") || !isObject(response.value)) continue;
      const media = this.#content(response, RESPONSE, status);
      operation.responses.push({ status, ...response, media });
      const place = this.responses.add(response, { status, media, operation });
      place.error ||= isError(status);
      for (const [header, where] of children(response.value.headers, [...response.path, "headers"])) {
        this.#header(header, where);
      }
    }
  }

  #parameters(list, path) {
    if (!Array.isArray(list)) return [];
    const found = list.map((raw, index) => this.follow(raw, [...path, index])).filter(({ value }) => isObject(value));
    for (const parameter of found) {
      this.parameters.add(parameter);
      this.#described(parameter, REQUEST);
    }
    return found;
  }

  #header(raw, at) {
    const header = this.follow(raw, at);
    if (!isObject(header.value)) return;
    this.headers.add(header);
    this.#described(header, RESPONSE);
  }

  /** A parameter or header: its schema and examples. */
  #described({ value, path }, direction) {
    if (isObject(value.schema)) {
      this.#schema(value.schema, [...path, "schema"], direction);
      this.#examples(value, path);
    }
    this.#content({ value, path }, direction, "");
  }

  #content({ value, path }, direction, status) {
    const found = [];
    for (const [media, at] of children(value.content, [...path, "content"])) {
      if (!isObject(media)) continue;
      const type = at.at(-1);
      const place = this.media.add({ value: media, path: at }, { type, direction, status });
      found.push(place);
      if (isObject(media.schema)) {
        const problem = direction === RESPONSE && /^application\/problem\+json/i.test(type);
        this.#schema(media.schema, [...at, "schema"], problem ? "problem" : direction);
        if (isJson(type)) this.#examples(media, at);
      }
    }
    return found;
  }

  #examples(value, path) {
    const schema = { value: value.schema, path: [...path, "schema"] };
    if ("example" in value) this.examples.add({ value: value.example, path: [...path, "example"] }, { schema });
    for (const [raw, at] of children(value.examples, [...path, "examples"])) {
      const example = this.follow(raw, at);
      if (isObject(example.value) && "value" in example.value) {
        this.examples.add({ value: example.value.value, path: [...example.path, "value"] }, { schema });
      }
    }
  }

  #schemaExamples({ value, path }) {
    const schema = { value, path };
    for (const key of ["example", "default"]) {
      if (key in value) this.examples.add({ value: value[key], path: [...path, key] }, { schema });
    }
    if (Array.isArray(value.examples)) {
      value.examples.forEach((each, index) =>
        this.examples.add({ value: each, path: [...path, "examples", index] }, { schema }),
      );
    }
  }

  /** A schema and all below it, each with the directions in which it is used. */
  #schema(value, path, direction) {
    const waiting = [{ value, path, composed: false }];
    while (waiting.length > 0) {
      const next = waiting.pop();
      const { composed } = next;
      const target = this.follow(next.value, next.path);
      if (!isObject(target.value)) continue;
      if (direction === REQUEST && target.value.readOnly === true) continue;
      if (direction !== REQUEST && target.value.writeOnly === true) continue;
      const place = this.schemas.add(target, { uses: new Set(), composed: false });
      place.composed ||= composed;
      if (place.uses.has(direction)) continue;
      place.uses.add(direction);
      waiting.push(...subschemas(target.value, target.path).reverse());
    }
  }
}

const LISTS = ["allOf", "anyOf", "oneOf", "prefixItems"];
const MAPS = ["properties", "patternProperties", "dependentSchemas"];
const SINGLE = [
  "items",
  "contains",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "then",
  "else",
];

/** The schemas right below one; `composed`: they describe the same value as it does. */
export function subschemas(value, path) {
  const found = [];
  const add = (each, at, composed) => isObject(each) && found.push({ value: each, path: at, composed });
  for (const key of MAPS) for (const [each, at] of children(value[key], [...path, key])) add(each, at, false);
  for (const key of SINGLE) add(value[key], [...path, key], key === "then" || key === "else");
  for (const key of LISTS) {
    if (Array.isArray(value[key]))
      value[key].forEach((each, index) => add(each, [...path, key, index], key !== "prefixItems"));
  }
  return found;
}

/** Places in the order in which they were found, each once however often it is referred to. */
class Places {
  #found = new Map();

  add({ value, path }, more = {}) {
    const key = isObject(value) || Array.isArray(value) ? value : JSON.stringify(path);
    if (!this.#found.has(key)) this.#found.set(key, { value, path, ...more });
    return this.#found.get(key);
  }

  get size() {
    return this.#found.size;
  }

  [Symbol.iterator]() {
    return this.#found.values();
  }
}
