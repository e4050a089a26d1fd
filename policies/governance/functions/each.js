// A rule's function out of two parts: which places it looks at, and what is wrong with one of them.

import { read } from "./document.js";

/**
 * `places(read, options)` gives values with a `path`; `judge(place, options, read)` gives a text, `{message, path}`, a
 * list of these, or nothing. `context.looked` is told of every place, so that a scorecard knows of how many.
 */
export const each = (places, judge) => (document, options, context) => {
  const results = [];
  const view = read(document);
  for (const place of places(view, options ?? {})) {
    const found = [judge(place, options ?? {}, view)].flat().filter(Boolean);
    const told = found.map((one) => (typeof one === "string" ? { message: one, path: place.path } : one));
    context.looked?.(
      place.path,
      told.map(({ path }) => path),
    );
    results.push(...told);
  }
  return results;
};

/** A word or two of a document as messages quote it. */
export const quoted = (value) => {
  const text = [...String(value).replace(/\s+/g, " ")];
  return `"${text.length > 60 ? `${text.slice(0, 57).join("")}…` : text.join("")}"`;
};

/** A name of any style as words with hyphens. */
export const words = (name) =>
  String(name)
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
