/** What only the place knows where the portal stands: its stage, gateway and sign-in. */

import { isJson } from "./http.js";
import { signal } from "./vendor.js";

/**
 * `{stage, gateway, try, auth: {issuer, client_id, authorize, sign_up, token, revoke, logout, jwks}}`; null in a preview,
 * which has none; undefined until it is known.
 */
export const config = signal(undefined);

/** Done when `config` is known. */
export const configured = read().then((value) => {
  config.value = value;
  return value;
});

async function read() {
  try {
    const answer = await fetch("/config.json", { cache: "no-cache" });
    if (!answer.ok || !isJson(answer.headers.get("content-type"))) return null;
    return await answer.json();
  } catch {
    return null;
  }
}
