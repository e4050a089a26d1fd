/** The only door to third-party code but the sign-in library's (oidc.js). */

import htm from "htm";
import { h } from "preact";

export { computed, batch, effect, signal } from "@preact/signals";
export { Component, createContext, Fragment, h, render } from "preact";
export { useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export const html = htm.bind(h);
