/** What went wrong with a call, in the words of its answer (RFC 9457) or of this page. */

export class Problem extends Error {
  /**
   * @param {{status: number, code: string, detail: string, next?: string, errors?: {field: string, detail: string}[],
   *   requestId?: string}} about `status`: 0 where there was no answer
   */
  constructor({ status, code, detail, next = "", errors = [], requestId = "" }) {
    super(detail);
    this.name = "Problem";
    Object.assign(this, { status, code, detail, next, errors, requestId });
  }
}

/** A problem that no answer told: of this page, the network or the browser. */
export const ours = (code, detail, next = "") => new Problem({ status: 0, code, detail, next });

const WORDS = {
  401: ["signed_out", "You are signed out.", "Sign in again."],
  403: ["forbidden", "You may not do this.", ""],
  404: ["not_found", "There is nothing here.", ""],
  429: ["too_many_requests", "That was too often.", "Try again in a minute."],
};

/** The problem that an answer tells, also where its body is no problem+json (a gateway's own answer). */
export async function problemOf(answer) {
  const body = (await answer.json().catch(() => null)) ?? {};
  const [code, detail, next] = WORDS[answer.status] ?? ["failed", "The portal could not do this.", "Try again in a minute."];
  return new Problem({
    status: answer.status,
    code: body.code ?? code,
    detail: body.detail ?? detail,
    next: body.next ?? next,
    errors: body.errors,
    requestId: body.request_id ?? answer.headers.get("x-request-id") ?? answer.headers.get("apigw-requestid") ?? "",
  });
}

/** The problem of a call that got no answer. */
export function unanswered(cause) {
  if (cause?.name === "TimeoutError") return ours("timeout", "There was no answer within 30 seconds.", "Try again.");
  return ours("network", "The portal could not be reached.", "Check your connection and try again.");
}
