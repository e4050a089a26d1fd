/** A call from the page and what shows its answer, for pages that fetch both only when somebody calls. */

export { Result } from "./result.js";
export { send } from "./send.js";
