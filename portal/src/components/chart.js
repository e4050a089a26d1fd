import { columns, everyNth, scale } from "./scale.js";
import { number } from "../format.js";
import { html } from "../vendor.js";

const HEIGHT = 224;
const FLOOR = 196;
const CEILING = 12;

/**
 * Calls as stacked bars, with the same numbers as a table below.
 *
 * @param {{title: string, series: {name: string, label: string, total: number, points: {time: string, value: number}[]}[],
 *   named: (time: string) => string}} props `named` says what a time is called
 */
export function Chart({ title, series, named }) {
  const bars = columns(series);
  const { top, steps } = scale(Math.max(0, ...bars.map((bar) => bar.total)));
  const most = bars.reduce((found, bar) => (bar.total > (found?.total ?? 0) ? bar : found), null);
  const busiest = most ? `; the most on ${named(most.time)}, ${number(most.total)}` : "";
  const total = series.reduce((sum, each) => sum + each.total, 0);
  return html`<figure class="chart">
    <div class="chart-plot" role="img" aria-label=${`${title}: ${number(total)} calls${busiest}. The table below has every number.`}>
      <svg height=${HEIGHT} aria-hidden="true">
        ${steps.map((step) => html`<text key=${step} x="100%" y=${level(step, top)} dy="0.32em" text-anchor="end">${number(step)}</text>`)}
      </svg>
      <svg height=${HEIGHT} aria-hidden="true">
        ${steps.map((step) => html`<line key=${step} x1="0" x2="100%" y1=${level(step, top)} y2=${level(step, top)} />`)}
        ${bars.map((bar, at) => html`<${Bar} key=${bar.time} bar=${bar} at=${at} count=${bars.length} top=${top} named=${named} />`)}
      </svg>
    </div>
    ${series.length > 1 && html`<${Legend} series=${series} />`}
    <${Numbers} title=${title} series=${series} bars=${bars} named=${named} />
  </figure>`;
}

/** A series' colour: that of its meaning where its name is an HTTP status, else the next. */
function shade(name, order) {
  if (!/^[1-5]\d\d$/.test(name)) return `series-${order % 6}`;
  return { 2: "series-4", 5: "series-3" }[name[0]] ?? (name === "429" ? "series-2" : `series-${[0, 1, 5][order % 3]}`);
}

function level(value, top) {
  return FLOOR - ((FLOOR - CEILING) * value) / top;
}

function Bar({ bar, at, count, top, named }) {
  const slot = 100 / count;
  const wide = count > 20 ? 0.72 : 0.62;
  const shown = at % everyNth(count) === 0;
  return html`<g class="chart-bar">
    <title>${`${named(bar.time)}: ${number(bar.total)}`}</title>
    <rect class="chart-slot" x=${`${slot * at}%`} width=${`${slot}%`} y=${CEILING} height=${FLOOR - CEILING} />
    ${bar.parts.map((part, order) => part.value > 0 && html`<rect
      key=${part.name}
      class=${shade(part.name, order)}
      x=${`${slot * (at + (1 - wide) / 2)}%`}
      width=${`${slot * wide}%`}
      y=${level(part.from + part.value, top)}
      height=${Math.max(1, level(0, top) - level(part.value, top))}
      rx="2"
    />`)}
    ${shown && html`<text class=${at % (2 * everyNth(count)) ? "chart-name chart-name-odd" : "chart-name"} x=${`${slot * (at + 0.5)}%`} y=${HEIGHT - 6} text-anchor="middle">${named(bar.time)}</text>`}
  </g>`;
}

function Legend({ series }) {
  return html`<ul class="chart-legend">
    ${series.map((each, at) => html`<li key=${each.name}>
      <svg width="10" height="10" aria-hidden="true"><rect class=${shade(each.name, at)} width="10" height="10" rx="2" /></svg>
      <span>${each.label}</span> <span class="chart-total">${number(each.total)}</span>
    </li>`)}
  </ul>`;
}

function Numbers({ title, series, bars, named }) {
  return html`<details class="chart-numbers">
    <summary>Show as a table</summary>
    <div class="chart-table" tabindex="0" role="region" aria-label=${`${title}, as a table`}>
      <table>
        <thead>
          <tr><th scope="col">When (UTC)</th>${series.map((each) => html`<th scope="col" key=${each.name}>${each.label}</th>`)}</tr>
        </thead>
        <tbody>
          ${bars.map((bar) => html`<tr key=${bar.time}>
            <th scope="row">${named(bar.time)}</th>
            ${bar.parts.map((part) => html`<td key=${part.name}>${number(part.value)}</td>`)}
          </tr>`)}
        </tbody>
      </table>
    </div>
  </details>`;
}
