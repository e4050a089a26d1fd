/** What a call answered. */

import { CodeBlock } from "../components/code.js";
import { CopyButton } from "../components/copy.js";
import { number } from "../format.js";
import { toneOf } from "../http.js";
import { html, useEffect, useState } from "../vendor.js";
import { leftWords } from "./limits.js";

/** "200 OK in 74 ms" for those who do not see it. */
export function announcement(outcome) {
  if (!outcome) return "";
  if (outcome.failed) return `${outcome.text} ${outcome.next}`;
  const { problem } = outcome.content;
  return `${outcome.status} ${outcome.text} in ${number(outcome.ms)} milliseconds. ${problem?.detail ?? ""} ${problem?.next ?? ""}`.trim();
}

/** @param {{outcome: import("./send.js").Answer | import("./send.js").Failure}} props */
export function Result({ outcome }) {
  if (outcome.failed) {
    return html`<div class="result"><p class="result-failed"><strong>${outcome.text}</strong> ${outcome.next}</p></div>`;
  }
  const { status, text, ms, limits, requestId, headers, content } = outcome;
  return html`<div class="result">
    <div class="result-line">
      <span class=${`http http-${toneOf(status)}`}>${status}</span>
      <span>${text}</span>
      <span>${number(ms)} ms</span>
      ${requestId && html`<span class="result-id">request <code>${requestId}</code><${CopyButton} text=${requestId} label="Copy request id" compact /></span>`}
    </div>
    ${limits.length > 0 && html`<p class="result-limits">${limits.map((each) => html`<span key=${each.name}>${leftWords(each, number)}</span>`)}</p>`}
    ${content.problem && html`<${Problem} problem=${content.problem} />`}
    <${Body} content=${content} />
    <details class="fold fold-small"><summary>${headers.length} headers</summary>
      <div class="fold-body"><dl class="result-headers">${headers.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div>
    </details>
  </div>`;
}

function Problem({ problem }) {
  return html`<div class="result-problem">
    <p><strong>${problem.title || "Refused"}</strong> ${problem.detail}</p>
    ${problem.next && html`<p>${problem.next}</p>`}
  </div>`;
}

function Body({ content }) {
  const { kind, text, cut, bytes, type } = content;
  if (kind === "empty") return html`<p class="entry-hint">The answer has no body.</p>`;
  if (kind === "bytes") return html`<p class="entry-hint">${number(bytes.length)} bytes${type ? html` of <code>${type}</code>` : ""}. <${Download} content=${content} /></p>`;
  return html`
    <${CodeBlock} code=${text} language=${kind} bare />
    ${cut && html`<p class="entry-hint">The beginning of ${number(bytes.length)} bytes. <${Download} content=${content} /></p>`}`;
}

/** The body as a file. */
function Download({ content: { bytes, type } }) {
  const [url, setUrl] = useState(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return html`<a href=${url ?? undefined} download=${`answer${/json/.test(type) ? ".json" : /pdf/.test(type) ? ".pdf" : ""}`}>Download</a>`;
}
