// Examples: that there are some, and that they fit their schemas.

import { isError, isJson, isObject } from "./document.js";
import { each, quoted, words } from "./each.js";
import { faults } from "./validation.js";

const CHECKS = {
  /** JSON bodies have an example: beside their schema, or in it. */
  given: each(
    ({ media }, { of }) =>
      [...media].filter(
        ({ type, direction, status }) => isJson(type) && direction === of && (status === "" || !isError(status)),
      ),
    ({ value, type }, { of }, view) => (shown(value, view) ? [] : `the ${of} body ${type} has no example`),
  ),

  /** Parameters have an example, unless their schema says all that may be sent. */
  parameters: each(
    ({ parameters }, { opaque }) => [...parameters].filter(({ value }) => !opaque.includes(words(value.name))),
    ({ value, path }, _, view) => {
      const schema = view.follow(value.schema, [...path, "schema"]).value;
      const plain = isObject(schema) && ["enum", "const", "default"].some((key) => key in schema);
      const content = Object.values(isObject(value.content) ? value.content : {});
      return plain || shown(value, view) || content.some((media) => isObject(media) && shown(media, view))
        ? []
        : `the ${value.in} parameter ${quoted(value.name)} has no example`;
    },
  ),

  valid: each(
    ({ examples }) => examples,
    ({ value, path, schema }, _, view) =>
      faults(view, value, schema).map(({ path: below, text }) => ({
        path: [...path, ...below],
        message: `${below.length > 0 ? below.join(".") : "the example"} ${text}`,
      })),
  ),
};

/** Whether people see a value: one of its own, of its schema, or of each property of its schema. */
function shown(value, view) {
  return "example" in value || hasAny(value.examples) || exemplified(value.schema, view);
}

const DEEPEST = 200;
const known = new WeakMap();

/** Each schema is looked at once; where it comes back to itself, or lies too deep, it has no example there. */
function exemplified(raw, view, depth = 0) {
  const { value: schema } = view.follow(raw, []);
  if (!isObject(schema) || depth > DEEPEST) return false;
  if (!known.has(schema)) {
    known.set(schema, false);
    known.set(schema, own(schema, view, depth + 1));
  }
  return known.get(schema);
}

function own(schema, view, depth) {
  if (["example", "default", "const"].some((key) => key in schema) || hasAny(schema.examples)) return true;
  if (Array.isArray(schema.enum)) return true;
  if (isObject(schema.items)) return exemplified(schema.items, view, depth);
  const alternatives = [schema.oneOf, schema.anyOf].find(Array.isArray);
  if (alternatives) return alternatives.some((one) => exemplified(one, view, depth));
  const parts = [...Object.values(schema.properties ?? {}), ...(Array.isArray(schema.allOf) ? schema.allOf : [])];
  return parts.length > 0 && parts.every((part) => exemplified(part, view, depth));
}

const hasAny = (examples) => typeof examples === "object" && examples !== null && Object.keys(examples).length > 0;

export default (document, options, context) => CHECKS[options.check](document, options, context);
