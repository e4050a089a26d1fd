/** Beside an operation: samples and an example of the answer; try-it in their place once it is wanted. */

import { Button } from "../components/button.js";
import { CodeBlock } from "../components/code.js";
import { config } from "../config.js";
import { isJson, toneOf } from "../http.js";
import { example, given } from "../samples/example.js";
import { initial, request } from "../samples/request.js";
import { Samples } from "../samples/samples.js";
import { html, useMemo, useState } from "../vendor.js";
import { carriers } from "./carriers.js";

const EXAMPLE_HOST = "https://api.example.com";

/** The request as samples have it: at the gateway's own address, with credentials as variables. */
export function sampleOf(operation, values, schemas, api, key = "") {
  const base = `${(config.value?.gateway ?? EXAMPLE_HOST).replace(/\/+$/, "")}/${api.id}`;
  const credentials = carriers(api.accepts, operation.public, key).map(({ name, variable, prefix }) => ({ name, value: { variable, prefix } }));
  return request(operation, values, { base, schemas, credentials });
}

/** @param {{operation: any, schemas: any, api: any}} props */
export function Panel({ operation, schemas, api }) {
  const [Trial, setTrial] = useState(null);
  const sample = useMemo(() => sampleOf(operation, initial(operation, schemas), schemas, api), [operation, config.value]);
  if (Trial) return html`<div class="panel"><${Trial} operation=${operation} schemas=${schemas} api=${api} /></div>`;
  return html`<div class="panel">
    <${Samples} request=${sample} />
    <div class="try"><${Start} name=${operation.summary || operation.id} onLoaded=${(loaded) => setTrial(() => loaded)} /></div>
    <${ExampleAnswer} operation=${operation} schemas=${schemas} />
  </div>`;
}

/** The button that brings try-it, or why there is none. */
function Start({ name, onLoaded }) {
  const [state, setState] = useState("");
  const start = () => {
    setState("busy");
    import("./trial.js").then(({ Trial }) => onLoaded(Trial), () => setState("failed"));
  };
  if (config.value === null) return html`<p class="entry-hint">This is a preview without a gateway: copy the sample and run it where you can reach one.</p>`;
  if (config.value && !config.value.try) return html`<p class="entry-hint">The gateway asks for a client certificate, which no web page can show: copy the sample and run it.</p>`;
  return html`<${Button} kind="primary" busy=${state === "busy"} onClick=${start} aria-label=${`Try it: ${name}`}>Try it<//>
    ${state === "failed" && html`<p class="entry-fault" role="alert">It could not be loaded. Check your connection and press again.</p>`}`;
}

/** What the document says a good answer looks like. */
export function ExampleAnswer({ operation, schemas }) {
  const [code, response] = Object.entries(operation.responses ?? {}).find(([each]) => /^2/.test(each)) ?? [];
  const [media, content] = Object.entries(response?.content ?? {}).find(([each]) => isJson(each)) ?? [];
  const text = useMemo(() => content && JSON.stringify(given(content)?.value ?? example(content.schema, schemas, { response: true }), null, 2), [content]);
  if (!media || !text) return null;
  return html`<div class="result">
    <div class="result-line"><span class=${`http http-${toneOf(code)}`}>${code}</span><span>example answer</span></div>
    <${CodeBlock} code=${text} language="json" bare />
  </div>`;
}
