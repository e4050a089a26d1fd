/** What HTTP has: media types, status codes, and texts as headers hold them. */

export const isJson = (media = "") => /^application\/([\w.+-]+\+)?json\b/i.test(media);

/** "ok", "info", "warn" or "bad" for a status code or a range such as 4XX. */
export function toneOf(code) {
  return { 1: "info", 2: "ok", 3: "info", 4: "warn", 5: "bad" }[String(code)[0]] ?? "neutral";
}

export const bytes = (text) => [...new TextEncoder().encode(text)];

/** Whether every sign is one that all clients send in a header as it is. */
export const isAscii = (text) => /^[\t\x20-\x7e]*$/.test(text);

/** The UTF-8 bytes of a text as characters: what `fetch` takes as a header's value. */
export const byteString = (text) => String.fromCharCode(...bytes(text));
