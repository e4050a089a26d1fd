/** JSON as typed, turned into the same value written in another language: layout and digits stay as they were. */

import { literal } from "./quote.js";

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g;

const PYTHON = { true: "True", false: "False", null: "None" };

/** The Python value, or null where Python would not send the same. */
export function python(text) {
  const numbers = (text.match(TOKEN) ?? []).filter((token) => /^[-\d]/.test(token));
  if (numbers.some((token) => !Number.isFinite(Number(token)))) return null;
  return text.replace(TOKEN, (token) => PYTHON[token] ?? (token.startsWith('"') ? literal(JSON.parse(token)) : token)).replaceAll("\r", "");
}

/** The JavaScript value, or null where JavaScript would not send the same: long digits, or a key named `__proto__`. */
export function javascript(text) {
  const tokens = text.match(TOKEN) ?? [];
  if (tokens.some((token) => /^[-\d]/.test(token) && !exact(token))) return null;
  if (tokens.some((token) => token.startsWith('"') && JSON.parse(token) === "__proto__")) return null;
  return text.replace(TOKEN, (token) => (token.startsWith('"') ? literal(JSON.parse(token)) : token)).replaceAll("\r", "");
}

const digits = (token) => token.toLowerCase().replace(/e.*$/, "").replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "");

const exact = (token) => Number.isFinite(Number(token)) && digits(String(Number(token))) === digits(token);
