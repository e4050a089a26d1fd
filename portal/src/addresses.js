/** Addresses within the portal: which page they name, and which may be gone to. */

/**
 * The first route whose pattern (`/apps/:id`) fits a path.
 *
 * @returns {{route: object, params: Record<string, string>} | null}
 */
export function match(routes, path) {
  const parts = segments(path);
  for (const route of routes) {
    const params = fitting(segments(route.path), parts);
    if (params) return { route, params };
  }
  return null;
}

function fitting(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  const params = {};
  for (const [at, piece] of pattern.entries()) {
    if (piece.startsWith(":")) params[piece.slice(1)] = parts[at];
    else if (piece !== parts[at]) return null;
  }
  return params;
}

const segments = (path) => path.split("/").filter(Boolean).map(decoded);

/** A part of an address without its escapes; as it is where they are broken. */
export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether an address is a page of the portal: of its own origin, and no file, API or gateway.
 *
 * @param {URL} url
 */
export function isPage(url, origin) {
  if (url.origin !== origin || !/^https?:$/.test(url.protocol)) return false;
  return !/^\/(api|gateway|content|assets)(\/|$)/.test(url.pathname) && !url.pathname.split("/").pop().includes(".");
}

/**
 * Where to go after signing in: a page of the portal, or its start for everything else (`https://elsewhere`,
 * `//elsewhere`, `/\elsewhere`, the sign-in pages themselves).
 */
export function safeReturn(address, origin, otherwise = "/apps") {
  if (typeof address !== "string" || !address.startsWith("/")) return otherwise;
  if (/[\\\u0000-\u001f]/.test(address)) return otherwise;
  let url;
  try {
    url = new URL(address, origin);
  } catch {
    return otherwise;
  }
  if (!isPage(url, origin) || /^\/signed-(in|out)\/?$/.test(url.pathname)) return otherwise;
  return url.pathname.replace(/^\/+/, "/") + url.search + url.hash;
}
