// What comes back: lists with pages, and errors of one form.

import { isJson, isObject } from "./document.js";
import { each, quoted } from "./each.js";

const NAMES = ["items", "data", "results", "records", "entries", "values", "content", "elements", "list"];
const plain = (name) =>
  String(name)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");

/** The arrays that a GET answers with, where its path names a collection. */
function lists(view) {
  return view.operations
    .filter(({ method, template }) => method === "get" && !template.endsWith("}"))
    .flatMap((operation) => {
      const media = operation.responses
        .filter(({ status }) => /^2/.test(status))
        .flatMap((response) => response.media)
        .find(({ type }) => isJson(type));
      const array =
        media && arrayOf(view, media.value.schema, [...media.path, "schema"], collection(operation.template), 0);
      return array ? [{ operation, array, path: operation.path }] : [];
    });
}

const collection = (template) => [
  ...NAMES,
  plain(template.split("/").at(-1)),
  plain(template.split("/").at(-1)).replace(/s$/, ""),
];

function arrayOf(view, raw, at, names, depth) {
  const { value: schema, path } = view.follow(raw, at);
  if (!isObject(schema)) return null;
  if ([schema.type].flat().includes("array")) return schema;
  if (depth > 2) return null;
  for (const [name, one] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    const found = names.includes(plain(name)) && arrayOf(view, one, [...path, "properties", name], names, depth + 1);
    if (found) return found;
  }
  for (const part of Array.isArray(schema.allOf) ? schema.allOf : []) {
    const found = arrayOf(view, part, path, names, depth + 1);
    if (found) return found;
  }
  return null;
}

const CHECKS = {
  /** A list has pages, or a `maxItems` that one page holds. */
  paged: each(lists, ({ operation, array }, { parameters, unpaged }) => {
    const paged = operation.parameters.some(
      ({ value }) => value.in === "query" && parameters.includes(plain(value.name)),
    );
    return paged || array.maxItems <= unpaged ? [] : `${operation.name} answers with a list that has no pages`;
  }),

  problems: each(
    ({ responses }) => [...responses].filter(({ error, media }) => error && media.length > 0),
    ({ path, media, operation, status }, { type }) =>
      media.some((one) => one.type.toLowerCase().startsWith(type))
        ? []
        : {
            path: [...path, "content"],
            message: `the error body ${where(path, operation, status)} is ${quoted(media[0].type)}`,
          },
  ),

  "retry-after": each(
    ({ responses }) => [...responses].filter(({ status }) => status === "429"),
    ({ path, value, operation, status }) =>
      Object.keys(isObject(value.headers) ? value.headers : {}).some((name) => name.toLowerCase() === "retry-after")
        ? []
        : `the response ${where(path, operation, status)} has no Retry-After header`,
  ),
};

const where = (path, operation, status) =>
  path[0] === "paths" ? `${status} of ${operation.name}` : quoted(path.at(-1));

export default (document, options, context) => CHECKS[options.check](document, options, context);
