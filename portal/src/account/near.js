import { html, useEffect, useRef, useState } from "../vendor.js";

/**
 * Draws its children once they are nearly in sight: what stands far below asks for nothing until then. Printing draws all.
 *
 * @param {{waiting: any, children: () => any}} props `waiting` stands there before, as high as what comes
 */
export function Near({ waiting, children }) {
  const place = useRef(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => entries.some((each) => each.isIntersecting) && setNear(true));
    const print = () => setNear(true);
    seen.observe(place.current);
    addEventListener("beforeprint", print);
    return () => {
      seen.disconnect();
      removeEventListener("beforeprint", print);
    };
  }, []);
  return html`<div ref=${place}>${near ? children() : waiting}</div>`;
}
