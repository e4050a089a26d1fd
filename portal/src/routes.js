/** Every page: its path, and how its module is had. */

/** @type {{path: string, load: () => Promise<{default: Function}>, section?: string, wide?: boolean}[]} */
export const ROUTES = [
  { path: "/", section: "apis", load: () => import("./pages/landing.js") },
  { path: "/apis/:api", section: "apis", load: () => import("./pages/api.js") },
  { path: "/apis/:api/:version", section: "apis", wide: true, load: () => import("./pages/reference.js") },
  { path: "/apis/:api/:version/:tag", section: "apis", wide: true, load: () => import("./pages/reference.js") },
  { path: "/guides", section: "guides", load: () => import("./pages/guides.js") },
  { path: "/guides/:slug", section: "guides", load: () => import("./pages/guide.js") },
  { path: "/changelog", section: "changelog", load: () => import("./pages/changelog.js") },
  { path: "/start", section: "start", load: () => import("./pages/start.js") },
  { path: "/apps", section: "apps", load: () => import("./pages/apps.js") },
  { path: "/apps/:id", section: "apps", load: () => import("./pages/application.js") },
  { path: "/apps/:id/usage", section: "apps", load: () => import("./pages/usage.js") },
  { path: "/apps/:id/plan", section: "apps", load: () => import("./pages/plan.js") },
  { path: "/notices", section: "notices", load: () => import("./pages/notices.js") },
  { path: "/organization", section: "organization", load: () => import("./pages/organization.js") },
  { path: "/invitations", section: "invitations", load: () => import("./pages/invitations.js") },
  { path: "/signed-in", load: () => import("./pages/signed-in.js") },
  { path: "/signed-out", load: () => import("./pages/signed-out.js") },
];

export const NOT_FOUND = { path: "*", load: () => import("./pages/not-found.js") };
