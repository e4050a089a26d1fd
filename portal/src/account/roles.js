/** What each role may do, in a sentence. */
export const ROLES = {
  viewer: "Sees everything, changes nothing.",
  developer: "Changes applications, API keys and plans.",
  owner: "Changes all that, members and the organization.",
};

/** `Owner`, of the API's `owner` */
export const roleWord = (role) => role[0].toUpperCase() + role.slice(1);

export const ROLE_OPTIONS = Object.keys(ROLES).map((value) => ({ value, label: roleWord(value) }));

/** Whether a role suffices where `needed` is asked for. */
export function may(role, needed) {
  const order = Object.keys(ROLES);
  return order.indexOf(role) >= order.indexOf(needed);
}
