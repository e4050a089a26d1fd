import { dateTime, number } from "../format.js";
import { lookup } from "../lookup.js";
import { roleWord } from "./roles.js";

const VERBS = {
  "application create": "registered the application",
  "application restrict": "changed where calls may come from of the application",
  "client create": "added the OAuth client",
  "invitation accept": "accepted the invitation",
  "invitation create": "invited",
  "invitation decline": "declined the invitation",
  "invitation withdraw": "withdrew the invitation of",
  "key restrict": "changed where calls may come from of the key",
  "member add": "added the member",
  "member remove": "took out the member",
  "member set-role": "changed the role of",
  onboard: "set up",
  "onboard repeated": "set up again",
  "organization create": "registered the organization",
  "subscription clear-override": "took back the raised limits of",
  "subscription create": "chose a plan for",
  "subscription delete": "ended the subscription to",
  "subscription override": "set limits for",
  "subscription set-plan": "changed the plan of",
  "upgrade approve": "approved a plan for",
  "upgrade ask": "asked for a plan for",
  "upgrade decline": "declined a plan for",
  "upgrade withdraw": "withdrew the request for",
};
const PASTS = { create: "created", delete: "deleted", rename: "renamed", restore: "restored", revoke: "revoked", rotate: "rotated", suspend: "suspended" };
const ENDS = /^(delete|remove|withdraw|accept|decline)$/;
const NAMED = { client: "OAuth client" };
const KINDS = { key: "credential", upgrade: "product" };
const TOLD = { name: "Name", role: "Role", plan: "Plan", expires: "Ends", scopes: "Scopes", addresses: "Allowed", denied: "Refused", subjects: "Certificates", override: "Limits" };

/** What was done, in words that go on after who did it: `rotated the key`; also of what is new here. */
export function deed(what) {
  const [kind, verb = ""] = what.split(" ");
  const named = lookup(NAMED, kind) ?? kind;
  const past = lookup(PASTS, verb);
  return lookup(VERBS, what) ?? (past ? `${past} the ${named}` : `${named} ${verb.replaceAll("-", " ")}`.trim());
}

/** What it was done to: `Production of Web shop`, by the names that are known. */
export function subject(what, subjects = []) {
  const [noun, verb] = what.split(" ");
  if (noun === "organization" || (noun === "invitation" && /accept|decline/.test(verb))) return "";
  const kind = lookup(KINDS, noun) ?? noun;
  const main = subjects.find((each) => each.kind === kind);
  const application = kind === "application" ? null : subjects.find((each) => each.kind === "application");
  return [main, application].filter(Boolean).map((each) => each.name || each.id).join(" of ");
}

/** What changed that a person can read: `[{name: "Plan", before: "free", after: "partner"}]`; ids and states are none of it. `plans`: of the catalogue. */
export function changes(what, before, after, plans = {}) {
  if (ENDS.test(what.split(" ")[1])) return [];
  const told = (name, value) => (name === "plan" ? lookup(plans, value)?.title ?? value ?? "" : plain(name, value));
  return Object.keys(TOLD)
    .filter((name) => name !== "name" || "name" in before)
    .map((name) => ({ name: TOLD[name], before: told(name, before[name]), after: told(name, after[name]) }))
    .filter((each) => each.before !== each.after);
}

function plain(name, value) {
  if (value === undefined || value === null || value === "") return "";
  if (name === "role") return roleWord(String(value));
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return value.map(String).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([each, one]) => (each === "limits" ? plain(each, one) : `${each} ${plain(each, one)}`)).join(", ");
  return /^\d{4}-\d\d-\d\dT/.test(value) ? dateTime(value) : String(value);
}
