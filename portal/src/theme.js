/** Light or dark: the system's choice, or the person's, which public/theme.js puts in place before the first paint. */

import { computed, signal } from "./vendor.js";

const KEPT = "portal.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
system.addEventListener("change", (event) => { systemDark.value = event.matches; });

/** "light", "dark" or "system". */
export const theme = signal(document.documentElement.dataset.theme ?? "system");

export const dark = computed(() => (theme.value === "system" ? systemDark.value : theme.value === "dark"));

/** @param {"light"|"dark"|"system"} wanted */
export function setTheme(wanted) {
  theme.value = wanted;
  if (wanted === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEPT);
  } else {
    document.documentElement.dataset.theme = wanted;
    localStorage.setItem(KEPT, wanted);
  }
}
