import { lookup } from "../lookup.js";

/** When a key may end, counted in days; "" is never. */
export const ENDS = [
  { value: "", label: "No end" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
];

/** The end of a key that is to last so many days: the same text all day, so that sending it again is the same request. */
export function endAfter(days, now = Date.now()) {
  return days ? `${new Date(now + Number(days) * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z` : null;
}

/** When a credential that was just replaced stops: `grace` hours from now. */
export function graceEnd(hours, now = Date.now()) {
  return new Date(now + hours * 3600_000).toISOString();
}

const STATES = {
  active: { tone: "ok", text: "Active" },
  replaced: { tone: "info", text: "Being replaced" },
  suspended: { tone: "warn", text: "Suspended" },
  expired: { tone: "neutral", text: "Expired" },
  revoked: { tone: "neutral", text: "Revoked" },
};

/** Tone and word of a credential's state. */
export function keyState(state) {
  return lookup(STATES, state) ?? { tone: "neutral", text: state };
}

/** The scopes that operations of these products' APIs ask for. */
export function scopesOf(catalog, products) {
  const sold = new Set(products.flatMap((id) => catalog.products[id]?.apis ?? []));
  const versions = catalog.apis.flatMap((api) => api.versions).filter(({ id }) => sold.has(id));
  return [...new Set(versions.flatMap(({ scopes = [] }) => scopes))].sort();
}

/** Whether calls with it can still be let through. */
export function works(credential) {
  return credential.state === "active" || credential.state === "replaced";
}
