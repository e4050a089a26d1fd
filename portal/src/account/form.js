import { useState } from "../vendor.js";
import { forget } from "./data.js";

/**
 * What a form holds: values, the faults that an answer named, and whether it is being sent. Values stay when it fails.
 *
 * @param {object} start the first values, by field
 */
export function useForm(start) {
  const [values, setValues] = useState(start);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);

  return {
    values,
    problem,
    busy,
    set: (name) => (value) => setValues((before) => ({ ...before, [name]: value })),
    reset: (next = start) => {
      setValues(next);
      setProblem(null);
    },
    fail: setProblem,
    /**
     * Does `send(values)`, which changes something; answers null when it failed. A second call while one runs does nothing.
     */
    async send(send) {
      if (busy) return null;
      forget();
      setBusy(true);
      setProblem(null);
      try {
        return (await send(values)) ?? true;
      } catch (failed) {
        setProblem(failed);
        return null;
      } finally {
        setBusy(false);
      }
    },
  };
}
