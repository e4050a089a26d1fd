import { lookup } from "../lookup.js";

/**
 * What each reason of the gateway means to a partner, and what to do: the public text of tiergate/domain/refusals.py,
 * shorter. `go` names the page that mends it: `plan`, `keys` or `reference`.
 */
const REASONS = {
  path_malformed: ["The path is not in its normal form", "Send it without dot segments and backslashes."],
  request_malformed: ["The request breaks a rule of HTTP", "Look at its headers and its method."],
  credential_missing: ["No credential was sent", "Send the API key in the X-Api-Key header.", "keys"],
  credential_malformed: ["That is not an API key of this environment", "Copy the whole key again.", "keys"],
  credential_unknown: ["The credential is not known", "Use one that is listed under API keys.", "keys"],
  credential_revoked: ["The credential was revoked", "Use another one, or create a new one.", "keys"],
  credential_expired: ["The credential has expired", "Use another one, or create a new one.", "keys"],
  credential_suspended: ["The credential is suspended", "Ask for it to be restored, or use another one.", "keys"],
  credential_mismatch: ["Key and token are of different applications", "Send the two of one application."],
  token_malformed: ["The access token cannot be read", "Send it as the issuer gave it, in Authorization: Bearer."],
  token_untrusted: ["The token’s issuer is not trusted here", "Get a token from the issuer that the reference names.", "reference"],
  token_misdirected: ["The token is made for something else", "Ask the issuer for an access token for this API.", "reference"],
  token_expired: ["The access token has expired", "Get a new one from its issuer before the old one ends."],
  token_premature: ["The access token is not valid yet", "Check the clocks of the issuer and of your machine."],
  certificate_mismatch: ["The token belongs to another certificate", "Call with the certificate that it was issued for."],
  certificate_not_allowed: ["The client certificate is not allowed", "Call with one that is, or ask for yours to be."],
  address_not_allowed: ["The network address is not allowed", "Call from one that is, or ask for yours to be."],
  edge_bypassed: ["The call came by another way than the public address", "Call the address that the reference names.", "reference"],
  organization_suspended: ["The organization is suspended", "Ask support for it to be restored."],
  application_suspended: ["The application is suspended", "Ask support for it to be restored."],
  subscription_missing: ["No plan covers this API", "Choose a plan of a product that includes it.", "plan"],
  subscription_suspended: ["The subscription is suspended", "Ask support for it to be restored."],
  scope_missing: ["The credential lacks a scope", "Use one with the scopes that the reference names.", "reference"],
  api_not_found: ["There is no such API", "Check its name and version in the address.", "reference"],
  operation_not_found: ["The API has no such path", "Check the path against the reference.", "reference"],
  method_not_allowed: ["The path has no such method", "Use one that the Allow header names.", "reference"],
  api_retired: ["This version of the API is retired", "Move to its successor.", "reference"],
  api_brownout: ["A planned brownout of a deprecated version", "Move to its successor before the sunset.", "reference"],
  request_too_large: ["The request is too large", "Send less at a time."],
  quota_exceeded: ["The plan’s quota was used up", "Wait for the reset, or take a larger plan.", "plan"],
  rate_exceeded: ["Calls came faster than the plan allows", "Spread them out, wait as Retry-After says, or take a larger plan.", "plan"],
  gateway_fault: ["The gateway could not decide", "Send it again; if it stays, tell support the request id."],
  plan_not_deployed: ["The plan is not in force here", "Tell support the request id."],
  upstream_unreachable: ["The service behind the API did not answer", "Send it again later."],
  upstream_unauthorized: ["The gateway could not prove itself to the service", "Send it again later."],
  upstream_timeout: ["The service behind the API took too long", "Send it again later, a change only if twice does no harm."],
  response_too_large: ["The answer was too large to pass on", "Ask for less at a time, for example by paging."],
  admission_unavailable: ["Keys and quotas could not be checked", "Send it again, as Retry-After says."],
  lookup_limited: ["Too many unknown keys were tried just then", "Send it again, as Retry-After says."],
  issuer_unavailable: ["The token’s issuer could not be asked", "Send it again, as Retry-After says."],
  keys_unavailable: ["The gateway’s own keys could not be read", "Send it again, as Retry-After says."],
  edge_unavailable: ["The way of the call could not be checked", "Send it again, as Retry-After says."],
};

/** @returns {{title: string, next: string, go: string}} words for a reason, also for one that is new. */
export function refusalWords(reason) {
  const [title, next, go = ""] = lookup(REASONS, reason) ?? [plain(reason), "Tell support the request id if you do not know why."];
  return { title, next, go };
}

function plain(reason) {
  const words = String(reason || "unknown reason").replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}
