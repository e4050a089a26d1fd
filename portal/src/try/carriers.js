/** How credentials travel. */

const KEY = { field: "key", name: "X-Api-Key", variable: "API_KEY", prefix: "" };
const TOKEN = { field: "token", name: "Authorization", variable: "ACCESS_TOKEN", prefix: "Bearer " };

/**
 * The credentials that a call carries, by what the API accepts. Where it takes either, a key unless `text` is a token.
 * @returns {{field: "key"|"token", name: string, variable: string, prefix: string}[]}
 */
export function carriers(accepts, isPublic, text = "") {
  if (isPublic) return [];
  if (accepts === "both") return [KEY, TOKEN];
  const token = accepts === "token" || (accepts === "either" && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text.trim()));
  return [token ? { ...TOKEN, field: accepts === "token" ? "token" : "key" } : KEY];
}
