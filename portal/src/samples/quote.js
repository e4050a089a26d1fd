/** Text as a literal of a language, so that what runs is what was meant, whatever it holds. */

import { byteString, bytes } from "../http.js";

/** Signs that a terminal or an editor would act on, or that change the order in which a line reads. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

const hex = (byte) => byte.toString(16).padStart(2, "0");
const octal = (text) => bytes(text).map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");

/**
 * A word of sh, dash, bash, zsh and fish alike, which read it as the text and nothing else: backslashes and quotes stand
 * outside of quotes, and signs that nobody sees are written by printf. No word can hold NUL, which is left out.
 */
export function shell(text) {
  const word = text.replaceAll("\0", "")
    .replace(/[\\']+/g, (signs) => `'${signs.replace(/./g, "\\$&")}'`)
    .replace(UNSEEN, (signs) => `'"$(printf '${octal(signs)}')"'`);
  return `'${word}'`;
}

/** A word in double quotes that ends with a variable: `"X-Api-Key: $API_KEY"`. */
export const shellWith = (text, variable) => `"${text.replace(/[\\"$`]/g, "\\$&")}$${variable}"`;

/** A string of JavaScript and of Python alike. */
export function literal(text) {
  return JSON.stringify(text).replace(UNSEEN, (signs) => [...signs].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""));
}

/** A string literal of JavaScript whose characters are the UTF-8 bytes of the text. */
export function byteLiteral(text) {
  return literal(byteString(text)).replace(/[\u0080-\u00ff]/g, (sign) => `\\u00${hex(sign.charCodeAt(0))}`);
}

/** Lines after the first moved right, for what stands inside a call. Never inside a string: JSON has no line breaks there. */
export const indented = (text, spaces) => text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
