/** Light or dark: the system's choice, or the person's, which public/theme.js puts in place before the first paint. */

import { device } from "./storage.js";
import { computed, signal } from "./vendor.js";

const KEPT = "portal.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
system.addEventListener("change", (event) => { systemDark.value = event.matches; });

/** "light" or "dark" where the person wants other than the system; else undefined. */
const own = signal(document.documentElement.dataset.theme);

export const dark = computed(() => (own.value ? own.value === "dark" : systemDark.value));

/** Whoever asks for what the system has follows the system from then on. @param {"light"|"dark"} wanted */
export function setTheme(wanted) {
  if ((wanted === "dark") === systemDark.value) {
    own.value = undefined;
    delete document.documentElement.dataset.theme;
    device?.removeItem(KEPT);
  } else {
    own.value = document.documentElement.dataset.theme = wanted;
    device?.setItem(KEPT, wanted);
  }
}
