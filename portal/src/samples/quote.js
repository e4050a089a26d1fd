/** Text as a literal of a language, so that what runs is what was meant, whatever it holds. */

/** Signs that a terminal or an editor would act on, or that change the order in which a line reads. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const bytes = (text) => [...new TextEncoder().encode(text)];
const hex = (byte) => byte.toString(16).padStart(2, "0");

/** A word of a shell: in single quotes, or as `$'…'` where it holds signs that nobody sees. */
export function shell(text) {
  if (text.search(UNSEEN) < 0) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/[\\']/g, "\\$&").replaceAll("\n", "\\n");
  return `$'${escaped.replace(UNSEEN, (sign) => bytes(sign).map((byte) => `\\x${hex(byte)}`).join(""))}'`;
}

/** A word in double quotes that ends with a variable: `"X-Api-Key: $API_KEY"`. */
export const shellWith = (text, variable) => `"${text.replace(/[\\"$`]/g, "\\$&")}$${variable}"`;

/** A string of JavaScript and of Python alike. */
export function literal(text) {
  return JSON.stringify(text).replace(UNSEEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Whether every sign is one that all clients send in a header as it is. */
export const isAscii = (text) => /^[\t\x20-\x7e]*$/.test(text);

/** The UTF-8 bytes of a text as characters: what `fetch` takes as a header's value. */
export const byteString = (text) => String.fromCharCode(...bytes(text));

/** A string literal of JavaScript whose characters are the UTF-8 bytes of the text. */
export function byteLiteral(text) {
  return literal(byteString(text)).replace(/[\u0080-\u00ff]/g, (sign) => `\\u00${hex(sign.charCodeAt(0))}`);
}

/** Lines after the first moved right, for what stands inside a call. Never inside a string: JSON has no line breaks there. */
export const indented = (text, spaces) => text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
