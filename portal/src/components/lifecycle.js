import { date, longDate } from "../format.js";
import { html } from "../vendor.js";
import { Badge } from "./badge.js";

const STATES = { draft: ["info", "Draft"], published: ["ok", "Published"], deprecated: ["warn", "Deprecated"], retired: ["neutral", "Retired"] };

const ahead = (lifecycle) => Date.parse(lifecycle?.deprecated) > Date.now();

/** A lifecycle state; of a deprecated version its end where that is known, else the day when it will be so. */
export function LifecycleBadge({ state, lifecycle }) {
  const [tone, word] = STATES[state] ?? ["neutral", state];
  const ends = lifecycle?.sunset && `Ends ${date(lifecycle.sunset)}`;
  const begins = ahead(lifecycle) && `Deprecated from ${date(lifecycle.deprecated)}`;
  return html`<${Badge} tone=${tone} dot>${(state === "deprecated" && (ends || begins)) || word}<//>`;
}

/** `is deprecated and ends on 1 March 2027`, or from when a version that is about to be so will be deprecated */
export function deprecation(lifecycle) {
  const begins = ahead(lifecycle) ? `will be deprecated on ${longDate(lifecycle.deprecated)}` : "is deprecated";
  return lifecycle?.sunset ? `${begins} and ends on ${longDate(lifecycle.sunset)}` : begins;
}
