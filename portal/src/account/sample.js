import { load } from "../content.js";
import { effect } from "../vendor.js";

/** The first operation that needs nothing but a key: a GET without anything to fill in; null where there is none. */
export function simplest(operations) {
  const plain = operations.filter(
    ({ method, path, deprecated }) => method.toUpperCase() === "GET" && !path.includes("{") && !deprecated,
  );
  return plain.find((each) => !each.public) ?? plain[0] ?? null;
}

/** The versions of a product that take an API key. */
export function keyed(catalog, product) {
  const versions = catalog.apis.flatMap((api) => api.versions);
  return catalog.products[product].apis
    .map((id) => versions.find((each) => each.id === id))
    .filter((each) => each && each.accepts !== "token" && each.state !== "retired");
}

/**
 * A call to begin with of a product's APIs.
 *
 * @returns {Promise<{api: string, path: string, summary: string}|null>} `path` is below the gateway
 */
export async function sampleCall(catalog, product) {
  for (const { id } of keyed(catalog, product)) {
    const { tags } = await settled(`/content/apis/${id}/index.json`);
    const candidates = await Promise.all(tags.map((tag) => needless(id, tag)));
    const found = simplest(candidates.flat());
    if (found) return { api: id, path: `/${id}${found.path}`, summary: found.summary };
  }
  return null;
}

/** Operations of a tag that have no required parameter; asks for the tag's document only where one may do. */
async function needless(id, tag) {
  if (!simplest(tag.operations)) return [];
  const { operations } = await settled(`/content/apis/${id}/${tag.slug}.json`);
  return operations.filter(({ parameters = [] }) => !parameters.some((each) => each.required));
}

/** The value of static content, once it is there. */
function settled(path) {
  return new Promise((resolve, reject) => {
    const content = load(path);
    let stop = null;
    const settle = () => {
      const { state, value, error } = content.value;
      if (state === "ready") resolve(value);
      if (state === "error") reject(error);
      if (state !== "loading") queueMicrotask(() => stop?.());
    };
    stop = effect(settle);
  });
}
