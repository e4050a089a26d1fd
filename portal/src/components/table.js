import { html } from "../vendor.js";
import { focusable, useScrolls } from "./code.js";

/**
 * @param {{caption: string, columns: {key: string, title: any, align?: "end", render?: (row: any) => any}[], rows: any[],
 *   rowKey?: (row: any) => string}} props the first column names the row
 */
export function Table({ caption, columns, rows, rowKey = (row) => row.id }) {
  const [ref, scrolls] = useScrolls(rows);
  return html`<div class="table-scroll" ref=${ref} ...${focusable(scrolls, caption)}>
    <table class="table">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr>${columns.map(head)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${rowKey(row)}>${columns.map((column, at) => cell(column, row, at === 0))}</tr>`)}</tbody>
    </table>
  </div>`;
}

const head = ({ key, title, align }) => html`<th key=${key} scope="col" class=${aligned(align)}>${title}</th>`;

const aligned = (align) => (align ? `align-${align}` : "");

function cell({ key, align, render }, row, first) {
  const looks = aligned(align);
  const inside = render ? render(row) : row[key];
  return first ? html`<th key=${key} scope="row" class=${looks}>${inside}</th>` : html`<td key=${key} class=${looks}>${inside}</td>`;
}
