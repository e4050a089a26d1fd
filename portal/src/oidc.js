/** Sign-in by OpenID Connect: authorization code with PKCE. In a chunk of its own, fetched when somebody signs in. */

import { OidcClient, WebStorageStateStore } from "oidc-client-ts";
import { safeReturn } from "./addresses.js";
import { ours } from "./problem.js";
import { KEPT, renewed } from "./session.js";

const SCOPES = "openid email profile";
const PENDING = "portal.signin.";
const STALE_SECONDS = 900;
/** By how many seconds a device's clock may be fast. */
const SKEW = 300;

function client(auth, { signUp = false } = {}) {
  return new OidcClient({
    authority: auth.issuer,
    client_id: auth.client_id,
    redirect_uri: `${location.origin}/signed-in`,
    response_type: "code",
    scope: SCOPES,
    metadata: {
      issuer: auth.issuer,
      authorization_endpoint: signUp ? (auth.sign_up ?? auth.authorize) : auth.authorize,
      token_endpoint: auth.token,
      jwks_uri: auth.jwks,
      revocation_endpoint: auth.revoke,
    },
    filterProtocolClaims: false,
    loadUserInfo: false,
    staleStateAgeInSeconds: STALE_SECONDS,
    stateStore: new WebStorageStateStore({ store: sessionStorage, prefix: PENDING }),
  });
}

/** Go to the sign-in page; what is needed to check its answer stays in sessionStorage. */
export async function begin(auth, { returnTo, signUp }) {
  const request = await client(auth, { signUp }).createSigninRequest({ state: { returnTo }, nonce: random(), request_type: "si:r" });
  location.assign(request.url);
}

/**
 * Take the sign-in page's answer.
 *
 * @param {string} address the whole address that it led to, with code and state
 * @returns {Promise<string>} where to go on to
 * @throws {import("./problem.js").Problem} where it cannot be trusted or was refused
 */
export async function finish(auth, address) {
  const response = await client(auth).processSigninResponse(address).catch((cause) => { throw refusal(cause); });
  const { iss, aud, azp = auth.client_id, exp } = response.profile;
  if (iss !== auth.issuer || ![aud].flat().includes(auth.client_id) || azp !== auth.client_id) throw foreign();
  if (!(exp > Date.now() / 1000 - SKEW)) throw late();
  keep(auth, response);
  return safeReturn(response.userState?.returnTo, location.origin);
}

/**
 * New tokens for those that end; false where the refresh token is not taken any more, or the answer is not for this
 * person.
 *
 * @throws {Error} where there was no answer
 */
export async function renew(auth) {
  const user = JSON.parse(sessionStorage.getItem(place(auth)) ?? "null");
  if (!auth || !user?.refresh_token) return false;
  try {
    const { refresh_token, id_token, scope, profile } = user;
    const response = await client(auth).useRefreshToken({ state: { refresh_token, id_token, scope, profile }, timeoutInSeconds: 15 });
    keep(auth, { ...response, refresh_token: response.refresh_token ?? refresh_token, profile: response.profile ?? profile });
    return true;
  } catch (cause) {
    if (cause.name !== "ErrorResponse" && !/id_token/.test(cause.message)) throw cause;
    console.warn(`The session was not renewed: ${cause.message}`);
    return false;
  }
}

const place = (auth) => `${KEPT}${auth?.issuer}:${auth?.client_id}`;

function keep(auth, { access_token, refresh_token, id_token, scope, expires_at, profile }) {
  const { sub, email, name, given_name, family_name } = profile ?? {};
  const called = name ?? [given_name, family_name].filter(Boolean).join(" ");
  const user = { access_token, refresh_token, id_token, scope, expires_at, profile: { sub, email, name: called } };
  sessionStorage.setItem(place(auth), JSON.stringify(user));
  renewed();
}

const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const foreign = () =>
  ours("signin_foreign", "The answer of the sign-in page was not meant for this portal.", "Sign in again.");

const late = () =>
  ours("signin_late", "The answer of the sign-in page has ended.", "Check the clock of your device and sign in again.");

function refusal(cause) {
  if (cause.name === "ErrorResponse" && cause.error === "access_denied") {
    return ours("signin_denied", cause.error_description || "The sign-in was stopped.", "Sign in again.");
  }
  if (cause.name === "ErrorResponse") {
    return ours("signin_refused", cause.error_description || "The sign-in page refused.", "Sign in again.");
  }
  if (/state/i.test(cause.message)) {
    return ours("signin_stale", "This sign-in was begun in another tab, or too long ago.", "Sign in again.");
  }
  if (cause instanceof TypeError) {
    return ours("network", "The sign-in service could not be reached.", "Check your connection and sign in again.");
  }
  return ours("signin_failed", "The answer of the sign-in page could not be checked.", "Sign in again.");
}
