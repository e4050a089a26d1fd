// References within a document, as JSON pointers. Nothing outside the document is ever read.

const MOST_STEPS = 100;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** What a value stands for and where that is; `value` is undefined where a reference leads nowhere or in a circle. */
export function withoutReference(document, value, path) {
  let found = { value, path };
  for (let step = 0; isObject(found.value) && typeof found.value.$ref === "string"; step += 1) {
    if (step === MOST_STEPS || !found.value.$ref.startsWith("#/")) return { value: undefined, path };
    found = at(document, found.value.$ref);
  }
  return found;
}

function at(document, reference) {
  let value = document;
  const path = [];
  for (const part of reference.slice(2).split("/")) {
    const step = decoded(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return { value: undefined, path };
    value = value[step];
    path.push(step);
  }
  return { value, path };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Every `$ref` of a document with its path; what an example holds is no reference. */
export function* references(document) {
  const waiting = [{ value: document, path: [] }];
  while (waiting.length > 0) {
    const { value, path } = waiting.pop();
    if (isObject(value) && typeof value.$ref === "string") yield { value: value.$ref, path: [...path, "$ref"] };
    if (typeof value !== "object" || value === null) continue;
    const named = path.at(-1) === "properties";
    for (const [key, each] of Object.entries(value).reverse()) {
      if (named || !["example", "default", "const", "enum", "value"].includes(key))
        waiting.push({ value: each, path: [...path, key] });
    }
  }
}
