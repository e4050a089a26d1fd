/** What is made only once the reader comes near. */

import { html, useEffect, useRef, useState } from "../vendor.js";

/** Renders `children()` when its place is less than a screen away, and from then on. */
export function Near({ class: name, children }) {
  const [near, setNear] = useState(false);
  const place = useRef(null);
  useEffect(() => {
    if (near) return undefined;
    const observer = new IntersectionObserver((entries) => entries.some((each) => each.isIntersecting) && setNear(true), { rootMargin: "100% 0px" });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [near]);
  return html`<div class=${name} ref=${place}>${near && children()}</div>`;
}

/** The id of the section that is being read, of those in `ids`. */
export function useReading(ids) {
  const [current, setCurrent] = useState(null);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      const found = entries.find((each) => each.isIntersecting);
      if (found) setCurrent(found.target.id);
    }, { rootMargin: "-15% 0px -75% 0px" });
    for (const id of ids) {
      const section = document.getElementById(id);
      if (section) observer.observe(section);
    }
    return () => observer.disconnect();
  }, [ids.join(" ")]);
  return current;
}
