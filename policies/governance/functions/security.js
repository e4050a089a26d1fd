// Security schemes: how callers say who they are.

import { isObject } from "./document.js";
import { each, quoted } from "./each.js";

const INSECURE = ["negotiate", "oauth", "digest"];

const flows = ({ schemes }) =>
  schemes.flatMap(({ name, value, path }) =>
    Object.entries(isObject(value.flows) ? value.flows : {})
      .filter(([, flow]) => isObject(flow))
      .map(([kind, flow]) => ({ name, kind, value: flow, path: [...path, "flows", kind] })),
  );

const CHECKS = {
  basic: each(
    ({ schemes }) => schemes.filter(({ value }) => value.type === "http"),
    ({ name, value, path }) =>
      String(value.scheme).toLowerCase() === "basic"
        ? {
            path: [...path, "scheme"],
            message: `the security scheme ${quoted(name)} sends the password with every call`,
          }
        : [],
  ),

  "key-in-address": each(
    ({ schemes }) => schemes.filter(({ value }) => value.type === "apiKey"),
    ({ name, value, path }) =>
      value.in === "query"
        ? { path: [...path, "in"], message: `the security scheme ${quoted(name)} puts the key into the address` }
        : [],
  ),

  outdated: each(
    ({ schemes }) => schemes.filter(({ value }) => value.type === "http"),
    ({ name, value, path }) =>
      INSECURE.includes(String(value.scheme).toLowerCase())
        ? {
            path: [...path, "scheme"],
            message: `the security scheme ${quoted(name)} uses ${quoted(value.scheme)}, which is outdated`,
          }
        : [],
  ),

  flows: each(flows, ({ name, kind, path }) =>
    kind === "implicit" || kind === "password"
      ? { path, message: `the security scheme ${quoted(name)} has the ${kind} flow, which OAuth 2.1 leaves out` }
      : [],
  ),

  https: each(
    (view) =>
      [
        ...flows(view).flatMap(({ value, path }) =>
          ["authorizationUrl", "tokenUrl", "refreshUrl"].map((key) => ({
            key,
            value: value[key],
            path: [...path, key],
          })),
        ),
        ...view.schemes.map(({ value, path }) => ({
          key: "openIdConnectUrl",
          value: value.openIdConnectUrl,
          path: [...path, "openIdConnectUrl"],
        })),
      ].filter(({ value }) => typeof value === "string"),
    ({ key, value }) => (/^http:/i.test(value.trim()) ? `${key} is an http address` : []),
  ),
};

export default (document, options, context) => CHECKS[options.check](document, options, context);
