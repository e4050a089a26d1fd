/** A request as a program in Python, with requests. */

import { isAscii } from "../http.js";
import { python as value } from "./json.js";
import { indented, literal } from "./quote.js";

/** @param {import("./request.js").Request} request */
export function python({ method, url, headers, body }) {
  const secret = headers.some(([, each]) => typeof each === "object");
  const lines = [`    ${literal(url)},`];
  const sent = body?.kind === "json" ? value(body.text) : null;
  const own = headers.filter(([name, each]) => !(sent && name === "Content-Type" && each === "application/json"));
  if (own.length === 1) lines.push(`    headers={${own.map(field)}},`);
  else if (own.length) lines.push("    headers={", ...own.map((each) => `        ${field(each)},`), "    },");
  if (body) lines.push(...data(body, sent));
  lines.push("    timeout=30,");
  const call = `response = requests.request(${literal(method)},`;
  const simple = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].includes(method);
  const imports = secret ? "import os\n\nimport requests\n" : "import requests\n";
  return `${imports}\n${simple ? `response = requests.${method.toLowerCase()}(` : call}\n${lines.join("\n")}\n)\nprint(response.status_code, response.text)`;
}

function field([name, each]) {
  if (typeof each !== "object") return `${literal(name)}: ${literal(each)}${isAscii(each) ? "" : ".encode()"}`;
  const variable = `os.environ[${literal(each.variable)}]`;
  return `${literal(name)}: ${each.prefix ? `${literal(each.prefix)} + ${variable}` : variable}`;
}

function data({ kind, text, parts, filename }, sent) {
  if (kind === "json" && sent) return [`    json=${indented(sent, 4)},`];
  if (kind === "file") return [`    data=open(${literal(filename)}, "rb"),`];
  if (kind !== "parts") return [`    data=${literal(text)}${isAscii(text) ? "" : ".encode()"},`];
  return ["    files=[", ...parts.map((each) => `        ${part(each)},`), "    ],"];
}

function part({ name, text, type, filename }) {
  const more = type ? `, ${literal(type)}` : "";
  const content = filename === undefined ? `None, ${literal(text)}` : `${literal(filename)}, open(${literal(filename)}, "rb")`;
  return `(${literal(name)}, (${content}${more}))`;
}
