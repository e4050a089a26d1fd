import { date } from "../format.js";
import { html } from "../vendor.js";
import { Badge } from "./badge.js";

const STATES = { draft: ["info", "Draft"], published: ["ok", "Published"], deprecated: ["warn", "Deprecated"], retired: ["neutral", "Retired"] };

/** A lifecycle state; of a deprecated version its end, where that is known. */
export function LifecycleBadge({ state, sunset }) {
  const [tone, word] = STATES[state] ?? ["neutral", state];
  return html`<${Badge} tone=${tone} dot>${state === "deprecated" && sunset ? `Ends ${date(sunset)}` : word}<//>`;
}
