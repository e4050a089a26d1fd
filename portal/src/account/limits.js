import { immediate } from "../limits.js";

/** The heading of a quota window. */
export function windowTitle(window) {
  return { hour: "This hour", day: "Today", month: "This month" }[window] ?? window;
}

/** Plans of a product in its own order, each with how it compares with the one in force. */
export function compared(catalog, product, current) {
  const ids = catalog.products[product]?.plans ?? [];
  return ids
    .filter((id) => catalog.plans[id])
    .map((id) => ({ id, ...catalog.plans[id], current: id === current, immediate: immediate(catalog.plans[id]) }));
}
