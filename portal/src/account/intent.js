import { useRef } from "../vendor.js";

/**
 * One Idempotency-Key for one intent: sent again, the same body has the same key; another body, or the next thing after
 * `done`, has a new one.
 */
export class Intent {
  #body = null;
  #key = null;

  key(body) {
    const text = JSON.stringify(body);
    if (text !== this.#body || this.#key === null) {
      this.#body = text;
      this.#key = crypto.randomUUID();
    }
    return this.#key;
  }

  done() {
    this.#key = null;
  }
}

/** An intent that lasts as long as the component. */
export function useIntent() {
  const intent = useRef(null);
  intent.current ??= new Intent();
  return intent.current;
}
