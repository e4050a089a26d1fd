import { api } from "../api.js";
import { session } from "../session.js";
import { effect, useEffect, useRef, useState } from "../vendor.js";

const LOADING = { state: "loading", value: null, problem: null };

/** What was answered last, by path: shown while it is asked anew. Nothing of it is a secret; it goes with the session. */
const last = new Map();
effect(() => {
  if (!session.value) forget();
});

/** What was answered before a change is not shown again. */
export function forget() {
  last.clear();
}

/**
 * What the portal API answers to `GET path`, asked anew when the path changes; null asks nothing.
 *
 * @param {(path: string) => Promise<any>} ask how
 * @returns {{state: "loading"|"ready"|"error", value: any, problem: Error|null, reload: () => Promise<void>,
 *   set: (value: any) => void}} a reload keeps what is shown until the answer is there
 */
export function useData(path, ask = api.get) {
  const [held, hold] = useState({ path: null, ...LOADING });
  const turn = useRef(0);

  async function reload() {
    const mine = ++turn.current;
    const answer = await ask(path).then(
      (value) => ({ state: "ready", value, problem: null }),
      (problem) => ({ state: "error", value: null, problem }),
    );
    if (mine !== turn.current) return;
    if (answer.value !== null) last.set(path, answer.value);
    hold({ path, ...answer });
  }

  useEffect(() => {
    if (path) reload();
    return () => {
      turn.current += 1;
    };
  }, [path]);

  const before = last.has(path) ? { state: "ready", value: last.get(path), problem: null } : LOADING;
  const set = (value) => {
    last.set(path, value);
    hold({ path, state: "ready", value, problem: null });
  };
  return { ...(held.path === path ? held : before), reload, set };
}

/** The items of every page of a list. */
export const useAll = (path) => useData(path, all);

async function all(path) {
  const items = [];
  let cursor = null;
  do {
    const mark = path.includes("?") ? "&" : "?";
    const page = await api.get(`${path}${mark}limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items;
}
