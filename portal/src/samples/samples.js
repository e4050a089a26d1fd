/** The samples of a request: a language of your choice, with the key as a variable unless you copy it with the key. */

import { CodeBlock } from "../components/code.js";
import { CopyButton } from "../components/copy.js";
import { html, signal, useId } from "../vendor.js";
import { curl } from "./curl.js";
import { LANGUAGES } from "./index.js";

/** The language that is read, the same at every operation, and what prints it. */
const chosen = signal({ language: LANGUAGES[0], print: curl });

async function choose(language) {
  const print = await language.load().catch(() => null);
  if (print) chosen.value = { language, print };
}

async function onKeys(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const tabs = event.currentTarget.children;
  const index = (LANGUAGES.indexOf(chosen.value.language) + step + LANGUAGES.length) % LANGUAGES.length;
  await choose(LANGUAGES[index]);
  tabs[index].focus();
}

/**
 * @param {{request: import("./request.js").Request, keyed: import("./request.js").Request | null}} props `keyed`: the
 *   same with the credential in it, where the page has one
 */
export function Samples({ request, keyed }) {
  const id = useId();
  const { language, print } = chosen.value;
  return html`<div class="samples">
    <div class="samples-bar">
      <div class="samples-tabs" role="tablist" aria-label="Language" onKeyDown=${onKeys}>
        ${LANGUAGES.map((each) => html`<button key=${each.id} type="button" role="tab" id=${`${id}-${each.id}`} aria-selected=${String(each === language)} aria-controls=${`${id}-code`} tabindex=${each === language ? 0 : -1} onClick=${() => choose(each)}>${each.name}</button>`)}
      </div>
      <div class="samples-copy">
        ${keyed && html`<${CopyButton} text=${print(keyed)} label="Copy with key" />`}
        <${CopyButton} text=${print(request)} label="Copy" />
      </div>
    </div>
    <div role="tabpanel" id=${`${id}-code`} aria-labelledby=${`${id}-${language.id}`}><${CodeBlock} code=${print(request)} language=${language.language} bare /></div>
  </div>`;
}
