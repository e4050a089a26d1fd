// Names of one style. `style: most` takes the style that most names of the document have.

import { each, quoted } from "./each.js";
import { isObject } from "./document.js";

const STYLES = {
  camelCase: /^[a-z][a-zA-Z0-9]*$/,
  PascalCase: /^[A-Z][a-zA-Z0-9]*$/,
  snake_case: /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/,
  "kebab-case": /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
};

const KINDS = {
  operationId: ({ operations }) =>
    operations
      .filter(({ value }) => typeof value.operationId === "string")
      .map(({ value, path }) => ({ name: value.operationId, path: [...path, "operationId"] })),
  parameter: ({ parameters }) =>
    [...parameters]
      .filter(({ value }) => ["path", "query"].includes(value.in))
      .map(({ value, path }) => ({ name: String(value.name), path: [...path, "name"] })),
  property: ({ schemas }) =>
    [...schemas]
      .filter(({ uses }) => uses.has("request") || uses.has("response"))
      .flatMap(({ value, path }) =>
        Object.keys(isObject(value.properties) ? value.properties : {})
          .filter((name) => /^[A-Za-z]/.test(name))
          .map((name) => ({ name, path: [...path, "properties", name] })),
      ),
};

const CHECKS = {
  names: each(
    (view, { of, style }) => {
      const places = KINDS[of](view);
      const wanted = style === "most" ? usual(places) : style;
      return places.map((place) => ({ ...place, wanted }));
    },
    ({ name, wanted }, { of, style }) =>
      STYLES[wanted].test(name)
        ? []
        : `the ${of} ${quoted(name)} is not in ${wanted}${style === "most" ? ", as most are" : ""}`,
  ),

  paths: each(
    ({ document }) =>
      Object.keys(isObject(document.paths) ? document.paths : {})
        .filter((path) => path.startsWith("/"))
        .map((path) => ({ path: ["paths", path] })),
    ({ path: [, template] }, { style }) => {
      const odd = template
        .split("/")
        .map((segment) => segment.replace(/\{[^{}]*\}/g, ""))
        .filter((segment) => segment && !STYLES[style].test(segment));
      return odd.length > 0 ? `the path ${template} has ${quoted(odd[0])}, which is not in ${style}` : [];
    },
  ),

  version: each(
    ({ document }) =>
      Object.keys(isObject(document.paths) ? document.paths : {})
        .filter((path) => path.startsWith("/"))
        .map((path) => ({ path: ["paths", path] })),
    ({ path: [, template] }) =>
      template.split("/").some((segment) => /^v\d+(\.\d+)*$/i.test(segment))
        ? `the path ${template} has a version in it`
        : [],
  ),

  slash: each(
    ({ document }) =>
      Object.keys(isObject(document.paths) ? document.paths : {})
        .filter((path) => path.startsWith("/") && path !== "/")
        .map((path) => ({ path: ["paths", path] })),
    ({ path: [, template] }) => (template.endsWith("/") ? `the path ${template} ends in a slash` : []),
  ),
};

function usual(places) {
  const counts = Object.entries(STYLES).map(([style, pattern]) => [
    style,
    places.filter(({ name }) => pattern.test(name)).length,
  ]);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

export default (document, options, context) => CHECKS[options.check](document, options, context);
