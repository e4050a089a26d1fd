import { Fragment, h, html } from "../vendor.js";
import { CodeBlock } from "./code.js";

const TAGS = new Set("p h2 h3 h4 h5 h6 a em strong code pre ul ol li blockquote table thead tbody tr th td hr br del".split(" "));
const EMPTY = new Set(["hr", "br"]);
const ALIGNS = new Set(["left", "center", "right"]);

/** An address that a text may lead to: http, https, mailto, a page of the portal, or a place on this page. */
export function safeHref(href) {
  if (typeof href !== "string" || /[\u0000-\u0020]/.test(href)) return null;
  return /^(https?:\/\/|mailto:|#|\/(?![/\\]))/i.test(href) ? href : null;
}

/**
 * Texts of documents and guides: a list of texts and `[tag, attributes, ...children]`. Tags and addresses that are not
 * known stay away; their texts stay.
 *
 * @param {{nodes: any[], lower?: number}} props `lower`: by how many levels headings are lowered
 */
export function Nodes({ nodes, lower = 0 }) {
  return html`<${Fragment}>${(nodes ?? []).map((node) => drawn(node, lower))}<//>`;
}

function drawn(node, lower) {
  if (!Array.isArray(node)) return node === null || typeof node === "object" ? null : String(node);
  const [tag, attributes, ...children] = node;
  const inside = children.map((child) => drawn(child, lower));
  if (!TAGS.has(tag)) return inside;
  if (tag === "pre") return codeOf(node);
  if (tag === "table") return html`<div class="table-scroll" tabindex="0" role="group" aria-label="Table"><table>${inside}</table></div>`;
  if (EMPTY.has(tag)) return h(tag, null);
  return h(/^h\d/.test(tag) ? `h${Math.min(6, Number(tag[1]) + lower)}` : tag, allowed(tag, attributes ?? {}), ...inside);
}

function allowed(tag, { href, align }) {
  if (tag === "a") {
    const safe = safeHref(href);
    return safe && /^https?:/i.test(safe) ? { href: safe, rel: "noopener noreferrer" } : safe ? { href: safe } : {};
  }
  if ((tag === "td" || tag === "th") && ALIGNS.has(align)) return { class: `align-${align}` };
  return {};
}

function codeOf(node) {
  const inner = node.slice(2).find((child) => Array.isArray(child) && child[0] === "code");
  const language = /^language-([\w+-]+)$/.exec(inner?.[1]?.class ?? "")?.[1] ?? "text";
  return html`<${CodeBlock} code=${text(node).replace(/\n$/, "")} language=${language} />`;
}

/** The text of nodes, without their tags. */
export function text(node) {
  if (!Array.isArray(node)) return String(node ?? "");
  const children = typeof node[0] === "string" && node[1] && typeof node[1] === "object" && !Array.isArray(node[1]) ? node.slice(2) : node;
  return children.map(text).join("");
}
