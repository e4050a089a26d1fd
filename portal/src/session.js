/** Who is signed in. Tokens are in the tab's sessionStorage alone, where oidc.js puts them. */

import { config, configured } from "./config.js";
import { ours, unanswered } from "./problem.js";
import { tab } from "./storage.js";
import { signal } from "./vendor.js";

/** What oidc.js keeps a signed-in person under. */
export const KEPT = "portal.user:";
const OURS = "portal.";
const SPARE = 30;
const PAUSE = 60;

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
  const place = Object.keys(tab ?? {}).find((key) => key.startsWith(KEPT));
  try {
    return JSON.parse(tab?.getItem(place) ?? "null");
  } catch {
    tab.removeItem(place);
    return null;
  }
}

function drop(prefix) {
  for (const key of Object.keys(tab ?? {})) if (key.startsWith(prefix)) tab.removeItem(key);
  session.value = null;
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
 * @throws {import("./problem.js").Problem} in a preview, which has no sign-in, and where nothing can be stored
 */
export async function signIn({ returnTo = location.pathname + location.search + location.hash, signUp = false } = {}) {
  await configured;
  if (!config.value?.auth) {
    throw ours("preview", "This is a preview of the portal: nobody can sign in here.", "Open the portal where it is deployed.");
  }
  if (!tab) throw ours("storage", "Your browser lets this site store nothing, which signing in needs.", "Allow its data, then load the page again.");
  const { begin } = await library();
  await begin(config.value.auth, { returnTo, signUp });
}

/** All tabs of the portal: who signs out in one is signed out in all. */
const tabs = new BroadcastChannel("portal");
tabs.onmessage = leave;

/** Forget the tokens, here, in other tabs and at the identity provider, whose own session ends too. */
export async function signOut() {
  tabs.postMessage("signed out");
  const auth = await leave();
  if (!auth) {
    location.assign("/signed-out");
    return;
  }
  const url = new URL(auth.logout);
  url.searchParams.set("client_id", auth.client_id);
  url.searchParams.set("logout_uri", `${location.origin}/signed-out`);
  location.assign(url);
}

async function leave() {
  const token = kept()?.refresh_token;
  drop(OURS);
  await configured;
  const auth = config.value?.auth;
  if (token && auth?.revoke) {
    const body = new URLSearchParams({ token, client_id: auth.client_id });
    fetch(auth.revoke, { method: "POST", body, keepalive: true }).catch(() => null);
  }
  return auth;
}

let renewing = null;
let paused = 0;

/**
 * The access token, renewed where it is about to end; null where nobody is signed in.
 *
 * @param {{renew?: boolean}} options `renew`: also where it has not ended
 * @throws {import("./problem.js").Problem} where it has ended, and the sign-in service cannot be reached
 */
export async function accessToken({ renew = false } = {}) {
  const user = kept();
  if (!user) {
    if (session.value) ended();
    return null;
  }
  const now = Date.now() / 1000;
  const { access_token, expires_at = 0 } = user;
  if (!renew && (expires_at - SPARE > now || (expires_at > now && now < paused))) return access_token;
  renewing ??= renewal().finally(() => { renewing = null; });
  return renewing.catch((cause) => {
    paused = now + PAUSE;
    if (!renew && expires_at > now) return access_token;
    throw unanswered(cause);
  });
}

async function renewal() {
  await configured;
  const { renew } = await library();
  if (await renew(config.value?.auth)) renewed();
  else ended();
  return kept()?.access_token ?? null;
}

/** The session is over without the person's doing. */
export function ended() {
  if (session.value) left.value = "ended";
  drop(KEPT);
}
