import { api } from "../api.js";
import { session } from "../session.js";
import { tab } from "../storage.js";
import { computed, effect, signal, useEffect } from "../vendor.js";

const CHOSEN = "portal.organization";
const NOTHING = { state: "loading", value: null, problem: null };

/** Who is signed in, as `GET /me` tells: `{state, value, problem}`; asked by `useMe` and `renewMe`. */
export const me = signal(NOTHING);

const chosen = signal(tab?.getItem(CHOSEN) ?? "");

/** The organization that pages are about: the one chosen last, else the first; null where there is none. */
export const organization = computed(() => {
  const joined = me.value.value?.organizations ?? [];
  return joined.find((each) => each.id === chosen.value) ?? joined[0] ?? null;
});

export function choose(id) {
  chosen.value = id;
  tab?.setItem(CHOSEN, id);
}

export async function renewMe() {
  try {
    me.value = { state: "ready", value: await api.get("/me"), problem: null };
  } catch (problem) {
    me.value = { state: "error", value: me.value.value, problem };
  }
}

/** `me`, for a page that needs to know: asked when the first does, and anew for somebody else. */
export function useMe() {
  const who = session.value ? session.value.email || "somebody" : "";
  useEffect(() => {
    if (who && who !== asked) renewMe();
    asked = who;
  }, [who]);
  return me.value;
}

let asked = "";
effect(() => {
  if (session.value) return;
  asked = "";
  me.value = NOTHING;
  tab?.removeItem(CHOSEN);
});
