// Parameters: what they are called, and what is said of them.

import { isObject } from "./document.js";
import { each, quoted, words } from "./each.js";

const of =
  (...places) =>
  ({ parameters }) =>
    [...parameters].filter(({ value }) => places.includes(value.in));
const named = ({ value }) => `the ${value.in} parameter ${quoted(value.name)}`;

const CHECKS = {
  described: each(of("path", "query", "header", "cookie"), (place) =>
    typeof place.value.description === "string" && place.value.description.trim()
      ? []
      : `${named(place)} has no description`,
  ),

  /** Ids that a caller could count up. */
  ids: each(
    (view) => of("path", "query")(view).filter(({ value }) => /(^|-)id$/.test(words(value.name))),
    (place, _, view) => {
      const schema = view.follow(place.value.schema, [...place.path, "schema"]).value;
      return isObject(schema) && [schema.type].flat().some((type) => type === "integer" || type === "number")
        ? `${named(place)} is a number, so that a caller can guess the next one`
        : [];
    },
  ),

  /** Names of what must not stand in an address: it is logged and kept in histories. */
  credentials: each(of("path", "query"), (place, { names }) =>
    names.includes(words(place.value.name)) ? `${named(place)} puts a credential into the address` : [],
  ),

  /** Names of addresses that the service may be made to call. */
  addresses: each(of("path", "query"), (place, { names }) =>
    names.includes(words(place.value.name)) ? `${named(place)} takes an address` : [],
  ),

  /** Each {name} of a path is declared, and nothing else is. */
  templates: each(
    ({ operations }) => operations,
    ({ name, path, template, parameters }) => {
      const wanted = [...template.matchAll(/\{([^{}/]+)\}/g)].map(([, one]) => one);
      const declared = parameters.filter(({ value }) => value.in === "path");
      return [
        ...wanted
          .filter((one) => !declared.some(({ value }) => value.name === one))
          .map((one) => ({ path, message: `${name} does not declare its path parameter ${quoted(one)}` })),
        ...declared
          .filter(({ value }) => !wanted.includes(value.name))
          .map(({ value }) => ({
            path,
            message: `${name} declares the path parameter ${quoted(value.name)}, which its path lacks`,
          })),
      ];
    },
  ),
};

export default (document, options, context) => CHECKS[options.check](document, options, context);
