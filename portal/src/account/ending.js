import { load } from "../content.js";
import { date, number, plural } from "../format.js";
import { html } from "../vendor.js";
import { Banner } from "./banner.js";
import { useData } from "./data.js";

/** An organization's notices; nothing is asked while no API version of the catalogue is about to end. */
export function useNotices(organization) {
  const { state, value: catalog } = load("/content/catalog.json").value;
  const ending = catalog?.apis.some((api) => api.versions.some((each) => each.state === "deprecated"));
  const found = useData(ending ? `/organizations/${organization}/notices` : null);
  return state === "loading" || ending ? found : { ...found, state: "ready", value: { items: [] } };
}

/** Says which API versions that this application calls are about to end. `notices`: of `useNotices`. */
export function EndingSoon({ application, notices }) {
  return (notices.value?.items ?? []).map((notice) => {
    const calls = notice.applications.find((each) => each.id === application.id)?.calls ?? 0;
    if (!calls) return null;
    return html`<${Banner} key=${notice.api} tone="warn" title=${endWords(notice)}>
      This application made ${number(calls)} ${plural(calls, "call")} to it in the last 7 days. <a href=${moveTo(notice)}>${notice.successor ? `Move to ${notice.successor}` : "What to do"}</a>
    <//>`;
  });
}

/** When an API version ends, in words. */
export function endWords({ title, api, sunset }) {
  const name = `${title} ${api.split("/")[1] ?? ""}`.trim();
  return sunset ? `${name} ends on ${date(sunset)}.` : `${name} is deprecated.`;
}

/** The page that says how to move on: the guide where there is one that a browser may open, else the successor's. */
export function moveTo({ guide, successor, api }) {
  if (guide && (/^https?:\/\//.test(guide) || /^\/(?!\/)/.test(guide))) return guide;
  return `/apis/${(successor || api).split("/")[0]}`;
}
