// What every operation says of itself.

import { isObject } from "./document.js";
import { each, quoted } from "./each.js";

const text = (value) => typeof value === "string" && value.trim() !== "";
const written = (method) => ["put", "post", "patch", "delete"].includes(method);

const CHECKS = {
  has: each(
    ({ operations }) => operations,
    ({ name, value }, { keys }) =>
      keys.some((key) => text(value[key])) ? [] : `${name} has no ${keys.join(" and no ")}`,
  ),

  "short-summary": each(
    ({ operations }) => operations.filter(({ value }) => text(value.summary)),
    ({ name, path, value }, { most }) =>
      [...value.summary].length > most
        ? { path: [...path, "summary"], message: `${name} has a summary of ${[...value.summary].length} characters` }
        : [],
  ),

  /** Ids that generated clients would give one name. */
  "unique-id": each(
    ({ operations }) => {
      const first = new Map();
      return operations
        .filter(({ value }) => text(value.operationId))
        .map((operation) => {
          const id = plain(operation.value.operationId);
          if (!first.has(id)) first.set(id, operation);
          return { ...operation, path: [...operation.path, "operationId"], first: first.get(id) };
        });
    },
    ({ name, value, first }) =>
      first.name === name
        ? []
        : `${quoted(value.operationId)} of ${name} is ${quoted(first.value.operationId)} of ${first.name} but for its style`,
  ),

  tagged: each(
    ({ operations }) => operations,
    ({ name, value }) => (Array.isArray(value.tags) && value.tags.length > 0 ? [] : `${name} has no tag`),
  ),

  "known-tags": each(
    ({ operations }) =>
      operations.flatMap(({ name, path, value }) =>
        (Array.isArray(value.tags) ? value.tags : []).map((tag, index) => ({
          name,
          tag,
          path: [...path, "tags", index],
        })),
      ),
    ({ name, tag }, _, { document }) =>
      declared(document).some((each) => each.name === tag)
        ? []
        : `${name} has the tag ${quoted(tag)}, which the document's tags lack`,
  ),

  /** A response whose status is one of `statuses`; `secured`: only where a credential is asked for. */
  status: each(
    ({ operations }, { secured, input }) =>
      operations.filter((operation) => (!secured || asksForCredential(operation)) && (!input || takesInput(operation))),
    ({ name, path, responses }, { statuses }) =>
      responses.some(({ status }) => statuses.includes(status.toUpperCase()) || statuses.includes(status))
        ? []
        : { path: [...path, "responses"], message: `${name} has no response ${statuses[0]}` },
  ),

  succeeds: each(
    ({ operations }) => operations,
    ({ name, path, responses }) =>
      responses.some(({ status }) => /^[23]/.test(status))
        ? []
        : { path: [...path, "responses"], message: `${name} has no response for a call that succeeds` },
  ),

  secured: each(
    ({ operations }) => operations,
    ({ name, security }) => (Array.isArray(security) ? [] : `${name} does not say what security it has`),
  ),

  "known-schemes": each(
    ({ operations }) =>
      new Map(
        operations
          .filter(({ security }) => Array.isArray(security))
          .map(({ security, securityPath }) => [securityPath.join("\n"), { security, path: securityPath }]),
      ).values(),
    ({ security, path }, _, { document }) =>
      security.flatMap((requirement, index) =>
        Object.keys(isObject(requirement) ? requirement : {})
          .filter((scheme) => !isObject(document.components?.securitySchemes?.[scheme]))
          .map((scheme) => ({
            path: [...path, index, scheme],
            message: `the security scheme ${quoted(scheme)} is not in components.securitySchemes`,
          })),
      ),
  ),

  "closed-writes": each(
    ({ operations }) => operations.filter(({ method, security }) => written(method) && Array.isArray(security)),
    (operation) =>
      asksForCredential(operation)
        ? []
        : { path: operation.securityPath, message: `anybody may call ${operation.name}` },
  ),
};

const plain = (id) => id.toLowerCase().replace(/[^a-z0-9]/g, "");
const declared = (document) => (Array.isArray(document.tags) ? document.tags.filter(isObject) : []);
const takesInput = ({ parameters, body }) => body !== null || parameters.length > 0;

/** Whether no alternative of the security is empty. */
function asksForCredential({ security }) {
  return (
    Array.isArray(security) &&
    security.length > 0 &&
    security.every((one) => isObject(one) && Object.keys(one).length > 0)
  );
}

export default (document, options, context) => CHECKS[options.check](document, options, context);
