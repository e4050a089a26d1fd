/** Who is signed in. Tokens are in the tab's sessionStorage alone, where oidc.js puts them. */

import { config, configured } from "./config.js";
import { ours } from "./problem.js";
import { signal } from "./vendor.js";

/** What oidc.js keeps a signed-in person under. */
export const KEPT = "portal.user:";
const SPARE = 30;

/**
 * The address that the sign-in page led to, whole; null where it did not. The code is out of the address, and so of the
 * history, before anything else happens.
 */
export const answer = taken();

function taken() {
  if (location.pathname !== "/signed-in" || !(location.search || location.hash)) return null;
  const address = location.href;
  history.replaceState(null, "", location.pathname);
  return address;
}

const library = () => import("./oidc.js");

/** The person that is signed in: `{email, name, expires}` (`expires`: seconds since the epoch); null where nobody is. */
export const session = signal(sessionOf(kept()));

/** Why nobody is signed in any more, for the pages that then say so: "" or "ended". */
export const left = signal("");

function kept() {
  for (let at = 0; at < sessionStorage.length; at += 1) {
    const key = sessionStorage.key(at);
    if (!key.startsWith(KEPT)) continue;
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      sessionStorage.removeItem(key);
    }
  }
  return null;
}

function sessionOf(user) {
  if (!user?.access_token) return null;
  const { email = "", name = "" } = user.profile ?? {};
  return { email, name: name || email, expires: user.expires_at ?? 0 };
}

/** Take over what oidc.js keeps now. */
export function renewed() {
  session.value = sessionOf(kept());
  if (session.value) left.value = "";
}

/**
 * Leave for the sign-in page, and come back to `returnTo`.
 *
 * @throws {import("./problem.js").Problem} in a preview, which has no sign-in
 */
export async function signIn({ returnTo = location.pathname + location.search, signUp = false } = {}) {
  await configured;
  if (!config.value?.auth) {
    throw ours("preview", "This is a preview of the portal: nobody can sign in here.", "Open the portal where it is deployed.");
  }
  const { begin } = await library();
  await begin(config.value.auth, { returnTo, signUp });
}

/** Forget the tokens, here and at the identity provider. */
export async function signOut() {
  await configured;
  const { leave } = await library();
  session.value = null;
  await leave(config.value?.auth);
}

let renewing = null;

/**
 * The access token, renewed where it is about to end; null where nobody is signed in.
 *
 * @param {{renew?: boolean}} options `renew`: also where it has not ended
 */
export async function accessToken({ renew = false } = {}) {
  const user = kept();
  if (!user) {
    if (session.value) ended();
    return null;
  }
  if (!renew && (user.expires_at ?? 0) - SPARE > Date.now() / 1000) return user.access_token;
  renewing ??= renewal().finally(() => { renewing = null; });
  return renewing;
}

async function renewal() {
  await configured;
  const { renew } = await library();
  try {
    if (!(await renew(config.value?.auth))) ended();
  } catch {
    return kept()?.access_token ?? null;
  }
  renewed();
  return kept()?.access_token ?? null;
}

/** The session is over without the person's doing. */
export function ended() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT)) sessionStorage.removeItem(key);
  if (session.value) left.value = "ended";
  session.value = null;
}
