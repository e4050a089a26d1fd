/** What the browser keeps for the portal: null where it lets pages keep nothing. */

function allowed(name) {
  try {
    return globalThis[name];
  } catch {
    return null;
  }
}

/** Kept until the tab is closed. */
export const tab = allowed("sessionStorage");

/** Kept on the device. */
export const device = allowed("localStorage");
