/** A schema's constraints in words. */

const UNITS = [
  ["minLength", "maxLength", "character", "characters"],
  ["minItems", "maxItems", "item", "items"],
  ["minProperties", "maxProperties", "property", "properties"],
  ["minContains", "maxContains", "matching item", "matching items"],
];

function counted(least, most, one, many) {
  const unit = (number) => (number === 1 ? one : many);
  if (least > 0 && least === most) return `exactly ${least} ${unit(least)}`;
  if (least > 0 && most !== undefined) return `${least} to ${most} ${many}`;
  if (most !== undefined) return `at most ${most} ${unit(most)}`;
  return least > 0 ? `at least ${least} ${unit(least)}` : null;
}

/** "1 to 100", "more than 0", "at least 1, less than 10": with the booleans of 3.0 and the numbers of 3.1. */
function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const above = typeof exclusiveMinimum === "number" ? exclusiveMinimum : exclusiveMinimum === true ? minimum : undefined;
  const below = typeof exclusiveMaximum === "number" ? exclusiveMaximum : exclusiveMaximum === true ? maximum : undefined;
  const least = above === undefined ? minimum : undefined;
  const most = below === undefined ? maximum : undefined;
  if (least !== undefined && most !== undefined) return least === most ? `exactly ${least}` : `${least} to ${most}`;
  const words = [];
  if (above !== undefined) words.push(`more than ${above}`);
  if (least !== undefined) words.push(`at least ${least}`);
  if (below !== undefined) words.push(`less than ${below}`);
  if (most !== undefined) words.push(`at most ${most}`);
  return words.length ? words.join(", ") : null;
}

/** @returns {string[]} */
export function limits(reading) {
  const words = [range(reading), ...UNITS.map(([least, most, one, many]) => counted(reading[least], reading[most], one, many))];
  if (reading.multipleOf !== undefined) words.push(`a multiple of ${reading.multipleOf}`);
  if (reading.uniqueItems) words.push("no two items alike");
  if (reading.contentEncoding) words.push(`encoded as ${reading.contentEncoding}`);
  if (reading.contentMediaType) words.push(`holds ${reading.contentMediaType}`);
  if (reading.additionalProperties === false || reading.unevaluatedProperties === false) words.push("no other properties");
  if (reading.additionalProperties === true) words.push("other properties allowed");
  if (reading.items === false || reading.unevaluatedItems === false) words.push("no further items");
  for (const [name, others] of Object.entries(reading.dependentRequired ?? {})) {
    words.push(`with ${name} also ${others.join(", ")}`);
  }
  return words.filter(Boolean).concat(markup(reading.xml));
}

function markup(xml) {
  if (!xml) return [];
  const name = [xml.prefix, xml.name].filter(Boolean).join(":");
  const as = xml.attribute ? "attribute" : xml.wrapped ? "wrapped element" : "element";
  return [`XML ${as}${name ? ` ${name}` : ""}${xml.namespace ? ` in ${xml.namespace}` : ""}`];
}

/** Marks that stand beside the name. */
export function marks(reading, required) {
  const words = [];
  if (required) words.push("required");
  if (reading.deprecated) words.push("deprecated");
  if (reading.readOnly) words.push("read only");
  if (reading.writeOnly) words.push("write only");
  return words;
}

/** A value as text that fits into a line: strings bare, everything else as JSON. */
export function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

const PLACES = { path: "in the path", query: "in the query", header: "header", cookie: "cookie" };
const FORMS = {
  "query form false": "separated by commas", "query spaceDelimited false": "separated by spaces",
  "query pipeDelimited false": "separated by |", "query form true": "repeated for each value",
  "path label false": "after a dot", "path label true": "after dots", "path matrix false": "as ;name=a,b",
  "path matrix true": "as ;name=a;name=b", "query deepObject true": "as name[property]=value",
};

/** Where a parameter goes. */
export const place = (parameter) => PLACES[parameter.in] ?? parameter.in;

/** How several values of a parameter are written, or "" where the usual way says it all. */
export function manner(parameter, several) {
  if (!several && !parameter.style) return "";
  const style = parameter.style ?? (["query", "cookie"].includes(parameter.in) ? "form" : "simple");
  const explode = parameter.explode ?? style === "form";
  const known = FORMS[`${parameter.in} ${style} ${style === "deepObject" ? true : explode}`];
  if (several) return known ?? (style === "simple" ? "separated by commas" : `style ${style}`);
  return ["label", "matrix"].includes(style) ? known : "";
}
