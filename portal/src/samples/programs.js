/** Samples that are programs: one file to be had. */

export { javascript } from "./javascript.js";
export { python } from "./python.js";
