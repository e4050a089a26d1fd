import { createContext, html, useContext, useLayoutEffect, useRef, useState } from "../vendor.js";

const Faults = createContext(null);

/** What is wrong with a field, by the form's own check or by the answer; "" where nothing is. */
export function useFault(name) {
  const form = useContext(Faults);
  return { fault: form?.faults[name] ?? "", clear: () => form?.clear(name) };
}

/**
 * A form that says at the field what is wrong, until that is mended, and takes the focus there. `onSubmit` is called once
 * all that is required is there; it may return a promise.
 *
 * @param {{onSubmit: () => any, problem?: import("../problem.js").Problem|null}} props
 */
export function Form({ onSubmit, problem = null, children, ...rest }) {
  const ref = useRef(null);
  const [faults, setFaults] = useState({});
  const clear = (name) => name in faults && setFaults(({ [name]: _, ...others }) => others);
  useLayoutEffect(() => {
    if (problem) setFaults(Object.fromEntries((problem.errors ?? []).map(({ field, detail }) => [field, detail])));
  }, [problem]);

  async function submit(event) {
    event.preventDefault();
    const found = missing(ref.current);
    setFaults(found);
    if (!Object.keys(found).length) await onSubmit(event);
    setTimeout(() => focusWrong(ref.current), 30);
  }

  const elsewhere = problem && !(problem.errors?.length && problem.errors.every(({ field }) => ref.current?.elements.namedItem(field)));
  return html`<${Faults.Provider} value=${{ faults, clear }}>
    <form ref=${ref} class="form" noValidate onSubmit=${submit} ...${rest}>
      ${elsewhere && html`<${Fault} problem=${problem} form=${ref.current} />`}
      ${children}
    </form>
  <//>`;
}

function Fault({ problem, form }) {
  const unplaced = (problem.errors ?? []).filter(({ field }) => !form?.elements.namedItem(field));
  return html`<div class="form-fault" role="alert">
    <p><strong>${problem.detail || problem.message}</strong> ${problem.next}</p>
    ${unplaced.length > 0 && html`<ul>${unplaced.map(({ field, detail }) => html`<li key=${field}><code>${field}</code>: ${detail}</li>`)}</ul>`}
    ${problem.requestId && html`<p class="request-id">Request id <code>${problem.requestId}</code></p>`}
  </div>`;
}

function missing(form) {
  const found = {};
  for (const element of form.elements) {
    const fault = element.name && element.willValidate && worded(element);
    if (fault) found[element.name] = fault;
  }
  return found;
}

/** What a browser would say of a control, in the portal's words; `data-most`: of how many characters it may be. */
function worded({ validity, type, required, value, dataset, title, validationMessage }) {
  if (validity.valueMissing) return "Required: fill this in.";
  if (required && type !== "radio" && !value.trim()) return "Required: there are only blanks.";
  const length = [...value.trim()].length;
  if (length > Number(dataset.most ?? Infinity)) return `At most ${dataset.most} characters; these are ${length}.`;
  if (validity.typeMismatch && type === "email") return "Write a mail address, such as name@example.org.";
  if (validity.typeMismatch && type === "url") return "Write a whole address, such as https://example.org.";
  if (validity.patternMismatch && title) return title;
  return validationMessage;
}

function focusWrong(form) {
  const wrong = form?.isConnected && form.querySelector('[aria-invalid="true"]');
  if (wrong && document.activeElement !== wrong) wrong.focus();
}
