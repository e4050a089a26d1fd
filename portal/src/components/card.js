import { html } from "../vendor.js";

/** @param {{title?: any, level?: number, actions?: any, tight?: boolean}} props `tight`: without inner space, for tables */
export function Card({ title, level = 2, subtitle, actions, tight = false, class: more = "", children, ...rest }) {
  const Heading = `h${level}`;
  return html`<section class=${`card${tight ? " card-tight" : ""} ${more}`.trim()} ...${rest}>
    ${(title || actions) && html`<div class="card-head">
      <div>${title && html`<${Heading} class="card-title">${title}</${Heading}>`}${subtitle && html`<p class="card-subtitle">${subtitle}</p>`}</div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </div>`}
    ${children}
  </section>`;
}
