/**
 * Code as a list of `[kind, text]`: kind is key, string, number, word, comment, or "" for all else. Each rule takes also
 * what is not closed, so that no sign is looked at again and again.
 */

import { lookup } from "./lookup.js";

const JSON_RULES = [
  ["key", /"(?:[^"\\\n]|\\.)*"(?=\s*:)/y],
  ["string", /"(?:[^"\\\n]|\\.)*"?/y],
  ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["word", /\b(?:true|false|null)\b/y],
];
const SHELL_RULES = [
  ["comment", /#[^\n]*/y],
  ["string", /\\.|'[^']*'?|"(?:[^"\\]|\\[^])*"?/y],
  ["key", /--?[A-Za-z][\w-]*/y],
  ["word", /\b(?:curl|export|cat|printf|tiergate)\b/y],
  ["number", /\$\{?\w+\}?/y],
];
const scripted = (words, comment) => [
  ["comment", comment],
  ["string", /[rbf]?(?:"""[^]*?(?:"""|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)|`(?:[^`\\]|\\[^])*`?/y],
  ["word", words],
  ["number", /\b\d+(?:\.\d+)?\b/y],
];
const keywords = (words) => new RegExp(`\\b(?:${words.replaceAll(" ", "|")})\\b`, "y");
const PYTHON = scripted(
  keywords("import from as def return if else elif for in while with try except raise print True False None and or not is lambda class"),
  /#[^\n]*/y,
);
const SCRIPT = scripted(
  keywords("import from export const let function return if else for of in while new await async try catch throw true false null undefined"),
  /\/\/[^\n]*/y,
);
const HTTP_RULES = [
  ["word", /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|HTTP\/[\d.]+)\b/y],
  ["key", /[A-Za-z][\w-]*(?=:)/y],
  ["number", /\b\d+\b/y],
];
const YAML_RULES = [
  ["comment", /#[^\n]*/y],
  ["key", /[A-Za-z_][\w.-]*(?=:)/y],
  ["string", /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\n]|'')*'?/y],
  ["number", /\b\d+(?:\.\d+)?\b/y],
];

const LANGUAGES = {
  json: JSON_RULES, shell: SHELL_RULES, sh: SHELL_RULES, bash: SHELL_RULES, console: SHELL_RULES, python: PYTHON, py: PYTHON,
  javascript: SCRIPT, js: SCRIPT, http: HTTP_RULES, yaml: YAML_RULES,
};
/** As far as any rule could look on: what was looked at is not looked at again. */
const WORD = /[\w$][\w$.-]*|\s+|[^]/y;
const LONGEST = 30_000;

/** @returns {[string, string][]} whose texts, joined, are the code */
export function tokens(code, language) {
  const rules = lookup(LANGUAGES, language);
  if (!rules || code.length > LONGEST) return [["", code]];
  const parts = [];
  let at = 0;
  while (at < code.length) {
    const [kind, text] = token(rules, code, at);
    const last = parts.at(-1);
    if (last?.[0] === kind) last[1] += text;
    else parts.push([kind, text]);
    at += text.length;
  }
  return parts;
}

function token(rules, code, at) {
  for (const [kind, rule] of rules) {
    rule.lastIndex = at;
    const found = rule.exec(code);
    if (found?.[0]) return [kind, found[0]];
  }
  WORD.lastIndex = at;
  return ["", WORD.exec(code)[0]];
}
