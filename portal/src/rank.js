/** Searching the index of APIs and operations: what fits, best first. Case and accents do not matter. */

const KINDS = { api: 3, tag: 2, operation: 1, guide: 2 };

export const folded = (text) => String(text ?? "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** An index ready to be searched: each entry with its folded words. */
export function prepared(entries) {
  return entries.map((entry) => ({
    entry,
    title: folded(entry.title),
    path: folded(`${entry.method ?? ""} ${entry.path ?? ""}`),
    rest: folded(`${entry.text ?? ""} ${entry.api ?? ""}`),
  }));
}

/**
 * Entries that have every word of the query, best first; none for an empty query.
 *
 * @param {ReturnType<typeof prepared>} index
 */
export function search(index, query, most = 12) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = [];
  for (const [at, item] of index.entries()) {
    const points = scored(item, words);
    if (points > 0) found.push({ entry: item.entry, points, at });
  }
  return found.sort((one, other) => other.points - one.points || one.at - other.at).slice(0, most).map(({ entry }) => entry);
}

function scored(item, words) {
  let points = 0;
  for (const word of words) {
    const here = Math.max(within(item.title, word) * 4, within(item.path, word) * 3, within(item.rest, word));
    if (!here) return 0;
    points += here;
  }
  if (item.title === words.join(" ")) points += 20;
  return points * 4 + (KINDS[item.entry.kind] ?? 0) - (item.entry.deprecated ? 3 : 0);
}

/** 3 where a word begins the text, 2 where it begins a word of it, 1 where it stands within one, else 0. */
function within(text, word) {
  const at = text.indexOf(word);
  if (at < 0) return 0;
  if (at === 0) return 3;
  for (let next = at; next >= 0; next = text.indexOf(word, next + 1)) if (!/[\p{L}\p{N}]/u.test(text[next - 1])) return 2;
  return 1;
}
