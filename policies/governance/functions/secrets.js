// Secrets in a document's texts. What is found is named, never repeated.

import { isObject } from "./document.js";
import { each, quoted, words } from "./each.js";

const KINDS = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["an AWS access key id", /\b(AKIA|ASIA)(?![0-9A-Z]{9}EXAMPLE\b)[0-9A-Z]{16}\b/],
  ["a token (JWT)", /\beyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{16}/],
  ["a GitHub token", /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})/],
  ["a Slack token", /\bxox[abprs]-[\w-]{10,}/],
  ["a Stripe key", /\b[sr]k_(live|test)_[A-Za-z0-9]{16,}/],
  ["a Google API key", /\bAIza[\w-]{35}/],
  ["a Tiergate key", /\btg_[a-z0-9]+_[A-Za-z0-9]{12}_[A-Za-z0-9]{30,}/],
  [
    "credentials in an address",
    /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@{}<>]{1,100}:(?![*x]{3}|<|\{|password@|pass@)[^\s/@{}<>]{1,200}@/i,
  ],
];
const NAMED = /(^|-)(password|passwd|passphrase|secret|api-?key|access-?key|private-?key|client-?secret)$/;
const PLACEHOLDER =
  /^$|^[*x.•]+$|^<.*>$|^\{.*\}$|^\$|example|your|changeme|placeholder|redacted|dummy|^(string|text|password|secret)$|\*{3}|…|\.{3}/i;

const SHOWN = ["example", "examples", "default", "const", "value"];

/** Every text of the document, and below which key it stands. */
function* texts({ document }) {
  const waiting = [{ value: document, path: [], example: false }];
  while (waiting.length > 0) {
    const { value, path, example } = waiting.pop();
    if (typeof value === "string") yield { value, path, example };
    else if (isObject(value) || Array.isArray(value)) {
      const schemas = path.at(-1) === "properties" && !example;
      for (const [key, one] of Object.entries(value).reverse()) {
        const shown = !schemas && SHOWN.includes(key);
        waiting.push({ value: one, path: [...path, key], example: example || shown });
      }
    }
  }
}

/** The document is one place: a secret counts as much in a large one as in a small one. */
export default each(
  (view) => [{ view, path: [] }],
  ({ view }) =>
    [...texts(view)]
      .map(({ value, path, example }) => ({ path, message: told(value, path, example) }))
      .filter(({ message }) => message),
);

function told(value, path, example) {
  const found = KINDS.find(([, pattern]) => pattern.test(value));
  if (found) return `${quoted(path.at(-1))} holds what looks like ${found[0]}`;
  const name = example ? holder(path) : "";
  return NAMED.test(words(name)) && !PLACEHOLDER.test(value)
    ? `the example of ${quoted(name)} looks like a real one`
    : "";
}

/** The property or parameter whose value an example shows. */
function holder(path) {
  const last = path.findLast((step) => !/^\d+$/.test(step) && !SHOWN.includes(step));
  return last ?? "";
}
