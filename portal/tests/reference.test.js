import assert from "node:assert/strict";
import { test } from "node:test";

import { operationWords } from "../src/reference/find.js";
import { constants, deep, inside, label, read, typeWords } from "../src/reference/schema.js";
import { limits, manner } from "../src/reference/words.js";

const schemas = {
  Base: { type: "object", required: ["id"], properties: { id: { type: "string", maxLength: 64 } } },
  Node: { type: "object", properties: { next: { $ref: "Node" } } },
  Loop: { allOf: [{ $ref: "Loop" }, { properties: { a: { type: "string" } } }] },
  One: { $ref: "Two" },
  Two: { $ref: "One" },
  Cat: { type: "object", title: "A cat" },
};

test("allOf is read as one schema, with the tighter limits and the names of its parts", () => {
  const reading = read({ allOf: [{ $ref: "Base" }, { required: ["name"], properties: { id: { maxLength: 10 }, name: { type: "string" } } }] }, schemas);
  assert.deepEqual(reading.required, ["id", "name"]);
  assert.deepEqual(reading.parts, ["Base"]);
  assert.equal(read(reading.properties.id, schemas).maxLength, 10);
  assert.deepEqual(inside(reading).map(({ name, required }) => [name, required]), [["id", true], ["name", true]]);
});

test("a reference in a circle ends", () => {
  assert.equal(read({ $ref: "One" }, schemas).cyclic, true);
  assert.deepEqual(Object.keys(read({ $ref: "Loop" }, schemas).properties), ["a"]);
  assert.equal(typeWords({ $ref: "Two" }, schemas), "any value");
  assert.equal(read({ $ref: "Missing" }, schemas).any, true);
});

const many = (make) => Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`L${at}`, make({ $ref: `L${at + 1}` })]));

test("what is named twice at every level is read in no time", () => {
  const ends = [{ type: "object" }, { oneOf: [{ type: "string" }, { type: "integer" }] }, { allOf: [{ $ref: "L0" }], properties: { a: {} } }];
  for (const last of ends) {
    const levels = { ...many((next) => ({ allOf: [next, { ...next }] })), L60: last };
    assert.equal(read({ $ref: "L0" }, levels).names[0], "L0");
    assert.ok(operationWords({ parameters: [{ name: "a", schema: { $ref: "L0" } }] }, levels).length < 1000);
  }
});

test("keywords named as what a reading or every object has are no trouble", () => {
  const reading = read({ allOf: [{ required: ["a"] }, { names: 5, cyclic: true }], choices: 1 }, schemas);
  assert.deepEqual([reading.required, reading.names, reading.cyclic, reading.choices], [["a"], undefined, undefined, undefined]);
  assert.equal(read({ allOf: [{ __defineGetter__: 1 }, { __defineGetter__: 2 }] }, schemas).__defineGetter__, 2);
  assert.match(operationWords({ parameters: [{ name: "a", schema: { enum: [{ toString: 1 }] } }] }, schemas), /toString/);
});

test("a keyword beside a reference is kept, and wins", () => {
  const reading = read({ $ref: "Base", description: ["Mine."], deprecated: true }, schemas);
  assert.deepEqual([reading.description, reading.deprecated, reading.names], [["Mine."], true, ["Base"]]);
});

test("types are said in words, those that are only implied too", () => {
  const words = {
    "string (date)": { type: "string", format: "date" },
    "string or null": { type: ["string", "null"] },
    "integer or null": { type: "integer", nullable: true },
    "array of Base": { type: "array", items: { $ref: "Base" } },
    "array of array of string": { type: "array", items: { type: "array", items: { type: "string" } } },
    "object or null": { anyOf: [{ $ref: "Base" }, { type: "null" }] },
    "one of": { oneOf: [{ type: "string" }, { type: "integer" }] },
    "any value": {},
    nothing: false,
    object: { properties: {} },
    string: { const: "fixed" },
    "anything but": { not: { type: "string" } },
  };
  for (const [expected, schema] of Object.entries(words)) assert.equal(typeWords(schema, schemas), expected);
});

test("a property named as something of every object is a property like any other", () => {
  const hostile = JSON.parse('{"allOf": [{"properties": {"__proto__": {"type": "string"}}}, {"properties": {"constructor": {"type": "integer"}}}]}');
  assert.deepEqual(inside(read(hostile, schemas)).map(({ name }) => name), ["__proto__", "constructor"]);
  assert.equal(read({ $ref: "toString" }, schemas).any, true);
});

test("limits are said as a person would", () => {
  const words = [
    [{ minimum: 1, maximum: 100 }, "1 to 100"],
    [{ minimum: 0, exclusiveMinimum: true }, "more than 0"],
    [{ exclusiveMinimum: 0, maximum: 5 }, "more than 0, at most 5"],
    [{ maximum: 10, exclusiveMaximum: true, minimum: 2 }, "at least 2, less than 10"],
    [{ minLength: 3, maxLength: 3 }, "exactly 3 characters"],
    [{ maxLength: 64 }, "at most 64 characters"],
    [{ minItems: 1 }, "at least 1 item"],
    [{ minLength: 0, maxLength: 1 }, "at most 1 character"],
    [{ maximum: "18446744073709551615" }, "at most 18446744073709551615"],
  ];
  for (const [schema, expected] of words) assert.deepEqual(limits(schema), [expected]);
  assert.deepEqual(limits({ type: "string" }), []);
});

test("how several values of a parameter are written is said, one value needs no word", () => {
  assert.equal(manner({ in: "query" }, true), "repeated for each value");
  assert.equal(manner({ in: "query", explode: false }, true), "separated by commas");
  assert.equal(manner({ in: "query", style: "deepObject" }, true), "as name[property]=value");
  assert.equal(manner({ in: "query" }, false), "");
});

test("alternatives have the names that their discriminator gives them", () => {
  const discriminator = { propertyName: "kind", mapping: { feline: "#/components/schemas/Cat" } };
  assert.equal(label({ $ref: "Cat" }, schemas, discriminator), "feline");
  assert.equal(label({ $ref: "Cat" }, schemas), "A cat");
  assert.deepEqual(constants(read({ oneOf: [{ const: 1, title: "One" }, { const: 2 }] }, schemas), schemas).map(({ value }) => value), [1, 2]);
});

test("what has nothing inside does not open", () => {
  assert.equal(deep({ type: "string", maxLength: 3 }, schemas), false);
  assert.equal(deep({ type: "array", items: { type: "string" } }, schemas), false);
  assert.equal(deep({ type: "array", items: { type: "string", pattern: "a" } }, schemas), true);
  assert.equal(deep({ $ref: "Node" }, schemas), true);
});

test("the words of an operation have all that it shows, and end for recursive schemas", () => {
  const operation = {
    description: [["p", {}, "Reads ", ["code", {}, "it"]]], parameters: [{ name: "limit", schema: { enum: ["big"] } }],
    responses: { 200: { description: ["Fine"], content: { "application/json": { schema: { $ref: "Node" } } } } },
  };
  const words = operationWords(operation, schemas);
  for (const word of ["Reads", "it", "limit", "big", "200", "Fine", "Node", "next"]) assert.ok(words.includes(word), word);
});
