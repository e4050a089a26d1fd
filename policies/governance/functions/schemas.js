// Schemas of what callers send and get: their bounds and formats.

import { isObject } from "./document.js";
import { each, quoted } from "./each.js";

const types = ({ value }) => [value.type].flat();
const has = (value, key) => value[key] !== undefined;

/** Schemas that are used in a direction and may hold a type. */
const typed = ({ schemas }, { direction, type }) =>
  [...schemas].filter((schema) => schema.uses.has(direction) && types(schema).includes(type));

/** How a schema is called in a message: by its property, parameter or component. */
export function called(path) {
  const keyword = path.at(-2) !== "properties";
  const kind = { items: "items of ", additionalProperties: "values of " }[path.at(-1)];
  if (keyword && kind) return `${kind}${called(path.slice(0, -1))}`;
  const at = keyword && path.at(-1) === "schema" ? path.slice(0, -1) : path;
  if (["anyOf", "oneOf", "allOf", "prefixItems"].includes(at.at(-2))) return `part of ${called(at.slice(0, -2))}`;
  if (at.at(-2) === "content") return `body ${at.at(-1)}`;
  return typeof at.at(-1) === "number" || /^\d+$/.test(at.at(-1))
    ? `${at.at(-2).replace(/s$/, "")} ${Number(at.at(-1)) + 1}`
    : quoted(at.at(-1));
}

const CHECKS = {
  /** A schema of a type has one of the keys in each of the lists of `needs`, or an enum or const. */
  bounded: each(typed, ({ value, path }, { type, needs }) => {
    if (has(value, "enum") || has(value, "const")) return [];
    const lacking = needs.filter((keys) => !keys.some((key) => has(value, key)));
    return lacking.length === 0
      ? []
      : `the ${type} ${called(path)} has no ${lacking.map(([key]) => key).join(" and no ")}`;
  }),

  /** An object that callers send says that it takes no other properties than its own. */
  closed: each(
    (view) =>
      typed(view, { direction: "request", type: "object" }).filter(
        ({ value, composed }) => !composed && isObject(value.properties),
      ),
    ({ value, path }) =>
      isObject(value.additionalProperties) ||
      value.additionalProperties === false ||
      value.unevaluatedProperties === false
        ? []
        : `the object ${called(path)} takes properties that it does not name`,
  ),

  /** An object with free keys says how many. */
  maps: each(
    (view) =>
      typed(view, { direction: "request", type: "object" }).filter(({ value }) => isObject(value.additionalProperties)),
    ({ value, path }) => (has(value, "maxProperties") ? [] : `the object ${called(path)} takes any number of keys`),
  ),

  formats: each(
    ({ schemas }) => [...schemas].filter(({ value }) => typeof value.format === "string"),
    ({ value, path }, { known }) =>
      known.includes(value.format)
        ? []
        : {
            path: [...path, "format"],
            message: `${called(path)} has the format ${quoted(value.format)}, which tools do not know`,
          },
  ),
};

export default (document, options, context) => CHECKS[options.check](document, options, context);
