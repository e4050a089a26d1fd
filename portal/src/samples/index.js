/** The languages that samples are printed in. All but the first are had once they are asked for. */

import { curl } from "./curl.js";

/** @type {{id: string, name: string, language: string, load: () => Promise<(request: import("./request.js").Request) => string>}[]} */
export const LANGUAGES = [
  { id: "curl", name: "curl", language: "shell", load: async () => curl },
  { id: "python", name: "Python", language: "python", load: async () => (await import("./programs.js")).python },
  { id: "javascript", name: "JavaScript", language: "javascript", load: async () => (await import("./programs.js")).javascript },
];
