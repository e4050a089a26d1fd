/** The lines of a `.env` file with an API key; the address where it is good is told with it. */
export function environmentFile(key, gateway, application) {
  const about = application ? [`# ${application.replace(/[\r\n]+/g, " ")}`] : [];
  return [...about, `API_KEY=${key}`, ...(gateway ? [`API_URL=${gateway}`] : []), ""].join("\n");
}

/** A curl line that runs as it is in a POSIX shell. */
export function curlLine(url, key) {
  return `curl -i ${quoted(url)} \\\n  -H ${quoted(`X-Api-Key: ${key}`)}`;
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
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
  return STATES[state] ?? { tone: "neutral", text: state };
}

/** Whether calls with it can still be let through. */
export function works(credential) {
  return credential.state === "active" || credential.state === "replaced";
}
