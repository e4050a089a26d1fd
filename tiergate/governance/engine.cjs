// Spectral for many documents: JSON lines in, JSON lines out, one at a time and in their order.
//
// The first line in names the ruleset; the first line out has its rules, or what is wrong with it. Each further line in
// holds a document's values, each line out what the rules say of them and at how many places they looked.

"use strict";

const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const readline = require("node:readline");
const { Spectral } = require("@stoplight/spectral-core");
const { Resolver } = require("@stoplight/spectral-ref-resolver");
const { bundleAndLoadRuleset } = require("@stoplight/spectral-ruleset-bundler/with-loader");

// The fetch that a ruleset is read with reaches only some of Spectral; the rest fetches by these.
http.request = https.request = ({ href }) => refused(href);

const SEVERITIES = ["error", "warning", "information", "hint"];

async function main() {
  const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
  const { ruleset: file } = await next();
  let ruleset;
  try {
    ruleset = await bundleAndLoadRuleset(file, { fs, fetch: refused });
  } catch (error) {
    return tell({ faults: [error.errors ?? error].flat().map(described) });
  }
  const looked = counting(ruleset);
  tell({ rules: rulesOf(ruleset) });
  for (let asked = await next(); asked !== null; asked = await next()) {
    looked.clear();
    tell(await linted(ruleset, asked).catch((error) => ({ broken: described(error).message })));
  }
}

async function linted(ruleset, { source, document }) {
  const spectral = new Spectral({ resolver: resolver(ruleset) });
  spectral.setRuleset(ruleset);
  const parsed = { data: document, diagnostics: [], ast: {}, lineMap: [], metadata: {} };
  const results = await spectral.run(
    { parsed, source, getLocationForJsonPath: () => undefined },
    { ignoreUnknownFormat: true },
  );
  const findings = results
    .filter(({ code }) => code in ruleset.rules)
    .map(({ code, message, path, severity }) => ({
      rule: code,
      severity: SEVERITIES[severity],
      message,
      path,
      place: looked.place(code, path),
    }));
  return { findings, places: looked.counts(), failed: Object.fromEntries(looked.failed) };
}

const looked = {
  places: new Map(),
  found: new Map(),
  failed: new Map(),
  clear() {
    this.places.clear();
    this.found.clear();
    this.failed.clear();
  },
  add(rule, paths) {
    const place = (this.places.get(rule) ?? 0) + 1;
    this.places.set(rule, place);
    for (const path of paths) this.found.set(key(rule, path), place);
  },
  place(rule, path) {
    return this.found.get(key(rule, path)) ?? -1;
  },
  counts() {
    return Object.fromEntries(this.places);
  },
};

/** Have the functions of all rules count the places that they look at. Ours say so; of others each call is a place. */
function counting(ruleset) {
  for (const [name, rule] of Object.entries(ruleset.rules)) {
    rule.then = rule.then.map((then) => ({ ...then, function: counted(name, then.function) }));
  }
  return looked;
}

function counted(rule, judge) {
  return function (value, options, context) {
    let said = false;
    const observed = {
      ...context,
      looked(_, paths) {
        said = true;
        looked.add(
          rule,
          paths.map((path) => closest(context.document.data, path)),
        );
      },
    };
    let results;
    try {
      results = judge(value, options, observed);
    } catch (error) {
      looked.failed.set(rule, described(error).message);
    }
    const note = (found) => {
      const list = (found ?? []).map((each) => ({ ...each, path: each.path ?? context.path }));
      if (!said) {
        looked.add(
          rule,
          list.map(({ path }) => closest(context.document.data, path)),
        );
      }
      return list.map((each) => ({ ...each, path: each.path.map(escaped) }));
    };
    return typeof results?.then === "function" ? results.then(note) : note(results);
  };
}

/** As much of a path as there is in the document. */
function closest(document, path) {
  const steps = [];
  let value = document;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) break;
    value = value[step];
    steps.push(step);
  }
  return steps;
}

const key = (rule, path) => `${rule}\n${JSON.stringify(path.map(String))}`;

/** Spectral reads the steps of a path as fragments of a JSON pointer. */
const escaped = (step) => (typeof step === "string" ? step.replaceAll("~", "~0").replaceAll("%", "%25") : step);

/** References are resolved only where a rule asks for it, and never beyond the document: no file, no host. */
function resolver(ruleset) {
  if (Object.values(ruleset.rules).some((rule) => rule.enabled && rule.resolved)) return new Resolver();
  return { uriCache: {}, resolve: async (result) => ({ result, graph: null, refMap: {}, errors: [] }) };
}

const rulesOf = (ruleset) =>
  Object.fromEntries(
    Object.values(ruleset.rules)
      .filter((rule) => rule.enabled)
      .map((rule) => [
        rule.name,
        { severity: SEVERITIES[rule.severity] ?? "off", description: rule.description ?? "" },
      ]),
  );

function refused(address) {
  throw new Error(`${address} is not fetched; save it beside the ruleset and extend the file`);
}

/** What Spectral says of a ruleset → what mends it. */
const MENDS = [
  [/^ENOENT.*open '(.*)'$/, "$1 is not there; mend its name, or add the file"],
  [/^Cannot extend non-existing (rule: ".*")$/, "there is no $1; mend its name, or say what it does by given and then"],
  [/^must be equal to one of the allowed values$/, "a severity is error, warn, info, hint or off"],
];

function described(error) {
  const message = String(error.message ?? error).split("\n")[0];
  const [told, mend] = MENDS.find(([each]) => each.test(message)) ?? ["", ""];
  return { message: message.replace(told, mend), path: Array.isArray(error.path) ? error.path : [] };
}

const tell = (document) => fs.writeSync(1, `${JSON.stringify(document)}\n`);

main();
