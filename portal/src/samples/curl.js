/** A request as a call of curl. */

import { shell, shellWith } from "./quote.js";

const BARE = ["GET", "POST"];
const WITHOUT = "# Without the fields whose names curl cannot send.\n";

/** @param {import("./request.js").Request} request */
export function curl({ method, url, headers, body }) {
  const sent = body ? data(body) : [];
  const lines = [`curl ${shell(url)}`];
  if (method === "HEAD") lines.push("--head");
  else if (!BARE.includes(method) || (method === "POST") !== sent.length > 0) lines.push(`--request ${method}`);
  lines.push(...headers.map(([name, value]) => `--header ${field(name, value)}`), ...sent);
  return (body?.parts?.every(nameable) === false ? WITHOUT : "") + lines.join(" \\\n  ");
}

function field(name, value) {
  if (typeof value === "object") return shellWith(`${name}: ${value.prefix}`, value.variable);
  return shell(value === "" ? `${name};` : `${name}: ${value}`);
}

function data({ kind, text, parts, filename }) {
  if (kind === "file") return [`--data-binary ${shell(`@${filename}`)}`];
  return kind === "parts" ? parts.filter(nameable).map(part) : [`--data-raw ${shell(text)}`];
}

/** What comes after the first "=" is a value for curl, which would read a file where it begins with "@" or "<". */
const nameable = ({ name }) => !name.includes("=");

const quoted = (text) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

function part({ name, text, type, filename }) {
  if (filename !== undefined) return `--form ${shell(`${name}=@${quoted(filename)};type=${type}`)}`;
  return type ? `--form ${shell(`${name}=${quoted(text)};type=${type}`)}` : `--form-string ${shell(`${name}=${text}`)}`;
}
