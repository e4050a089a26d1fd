/** A request as a module of JavaScript, with `fetch`, for Node. */

import { isAscii } from "../http.js";
import { javascript as value } from "./json.js";
import { byteLiteral, indented, literal } from "./quote.js";

/** @param {import("./request.js").Request} request */
export function javascript({ method, url, headers, body }) {
  const options = [];
  if (method !== "GET") options.push(`  method: ${literal(method)},`);
  if (headers.length === 1) options.push(`  headers: { ${field(headers[0])} },`);
  else if (headers.length) options.push("  headers: {", ...headers.map((each) => `    ${field(each)},`), "  },");
  const before = [];
  if (body) options.push(`  body: ${data(body, before)},`);
  const files = body?.kind === "file" || body?.parts?.some((part) => part.filename !== undefined);
  const head = files ? ['import { readFile } from "node:fs/promises";', ""] : [];
  if (before.length) before.push("");
  const call = options.length ? `, {\n${options.join("\n")}\n}` : "";
  return [...head, ...before, `const response = await fetch(${literal(url)}${call});`, "console.log(response.status, await response.text());"].join("\n");
}

function field([name, each]) {
  const key = /^[A-Za-z]+$/.test(name) ? name : literal(name);
  if (typeof each !== "object") return `${key}: ${isAscii(each) ? literal(each) : byteLiteral(each)}`;
  return `${key}: ${each.prefix ? `\`${each.prefix}\${process.env.${each.variable}}\`` : `process.env.${each.variable}`}`;
}

function data({ kind, text, parts, filename }, before) {
  if (kind === "file") return `await readFile(${literal(filename)})`;
  if (kind === "parts") {
    before.push("const form = new FormData();", ...parts.map(part));
    return "form";
  }
  const written = kind === "json" ? value(text) : null;
  return written ? `JSON.stringify(${indented(written, 2)})` : literal(text);
}

function part({ name, text, type, filename }) {
  const args = filename === undefined
    ? type ? `new Blob([${literal(text)}], { type: ${literal(type)} })` : literal(text)
    : `new Blob([await readFile(${literal(filename)})], { type: ${literal(type)} }), ${literal(filename)}`;
  return `form.append(${literal(name)}, ${args});`;
}
