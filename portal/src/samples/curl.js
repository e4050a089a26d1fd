/** A request as a call of curl. */

import { shell, shellWith } from "./quote.js";

const BARE = ["GET", "POST"];

/** @param {import("./request.js").Request} request */
export function curl({ method, url, headers, body }) {
  const lines = [`curl ${shell(url)}`];
  if (method === "HEAD") lines.push("--head");
  else if (!BARE.includes(method) || (method === "POST") !== Boolean(body)) lines.push(`--request ${method}`);
  for (const [name, value] of headers) lines.push(`--header ${field(name, value)}`);
  if (body) lines.push(...data(body));
  return lines.join(" \\\n  ");
}

function field(name, value) {
  if (typeof value === "object") return shellWith(`${name}: ${value.prefix}`, value.variable);
  return shell(value === "" ? `${name};` : `${name}: ${value}`);
}

function data({ kind, text, parts, filename }) {
  if (kind === "file") return [`--data-binary ${shell(`@${filename}`)}`];
  return kind === "parts" ? parts.map(part) : [`--data-raw ${shell(text)}`];
}

const quoted = (text) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

function part({ name, text, type, filename }) {
  if (filename !== undefined) return `--form ${shell(`${name}=@${quoted(filename)};type=${type}`)}`;
  return type ? `--form ${shell(`${name}=${quoted(text)};type=${type}`)}` : `--form-string ${shell(`${name}=${text}`)}`;
}
