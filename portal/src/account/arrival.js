import { api } from "../api.js";
import { fullest } from "./forecast.js";

/**
 * Whether an application has made a call yet.
 *
 * @returns {Promise<{window: object|null, refused: object|null}|null>} the quota that it counts on, and the newest refusal
 *   where nothing was let through; null: not yet
 */
export async function arrival(application) {
  const usage = await api.get(`/applications/${application}/usage?by=api`);
  const window = fullest(usage.subscriptions)?.window;
  if (window?.used > 0 || usage.total > 0) return { window: window ?? null, refused: null };
  if (!usage.refused) return null;
  const { items } = await api.get(`/applications/${application}/refusals?limit=1`);
  return items.length ? { window: null, refused: items[0] } : null;
}
