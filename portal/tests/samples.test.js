import assert from "node:assert/strict";
import { test } from "node:test";

import { example } from "../src/samples/example.js";
import { filled, initial, request } from "../src/samples/request.js";

const schemas = {
  Node: { type: "object", required: ["name", "children"], properties: { name: { type: "string" }, parent: { $ref: "Node" }, children: { type: "array", items: { $ref: "Node" } } } },
  Forced: { type: "object", required: ["self"], properties: { self: { $ref: "Forced" } } },
  Cat: { type: "object", required: ["kind"], properties: { kind: { type: "string" }, lives: { type: "integer", minimum: 9 } } },
};

test("what the document gives as an example comes first, then default, then the type", () => {
  assert.equal(example({ type: "string", example: "mine", default: "no" }, schemas), "mine");
  assert.equal(example({ type: "string", examples: ["first", "second"] }, schemas), "first");
  assert.equal(example({ type: "integer", default: 20, minimum: 1 }, schemas), 20);
  assert.equal(example({ enum: ["a", "b"] }, schemas), "a");
  assert.equal(example({ type: "string", format: "date" }, schemas), "2026-10-30");
});

test("numbers and texts keep to their limits", () => {
  assert.equal(example({ type: "integer", minimum: 5 }, schemas), 5);
  assert.equal(example({ type: "integer", exclusiveMinimum: 5 }, schemas), 6);
  assert.equal(example({ type: "number", multipleOf: 4, minimum: 5 }, schemas), 8);
  assert.equal(example({ type: "integer", maximum: -3 }, schemas), -3);
  assert.equal(example({ type: "string", maxLength: 3 }, schemas), "str");
  assert.equal(example({ type: "string", minLength: 8 }, schemas).length, 8);
});

test("an example of a recursive schema ends", () => {
  assert.deepEqual(example({ $ref: "Node" }, schemas), { name: "string", children: [] });
  assert.deepEqual(example({ $ref: "Forced" }, schemas), { self: {} });
});

test("an example of a wide and deep schema is bounded", () => {
  const wide = { properties: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, { $ref: "Wide" }])) };
  const levels = Object.fromEntries(Array.from({ length: 20 }, (_, level) => [`L${level}`, { type: "object", properties: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`p${index}`, { $ref: `L${level + 1}` }])) }]));
  const made = JSON.stringify(example({ $ref: "L0" }, { ...levels, Wide: wide }));
  assert.ok(made.length < 20_000, `${made.length}`);
});

test("an example is bounded where every level needs two of the next, however they are named", () => {
  const shapes = [
    (next) => ({ type: "object", required: ["a", "b"], properties: { a: next, b: next } }),
    (next) => ({ type: "array", prefixItems: [next, next] }),
    (next) => ({ type: "array", minItems: 3, items: next }),
    (next) => ({ type: "object", required: ["a"], properties: { a: next }, oneOf: [next, { type: "string" }] }),
  ];
  for (const shape of shapes) {
    const levels = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`L${at}`, shape({ $ref: `L${at + 1}` })]));
    assert.ok(JSON.stringify(example({ $ref: "L0" }, { ...levels, L60: { type: "string" } })).length < 20_000);
  }
});

test("formats and fields named as something of every object are like any other", () => {
  assert.equal(example({ type: "string", format: "constructor" }, schemas), "string");
  const properties = JSON.parse('{"__proto__": {"type": "string"}, "constructor": {"type": "object"}}');
  const content = { schema: { required: Object.keys(properties), properties }, encoding: { constructor: { contentType: 5 } } };
  const { fields } = filled("multipart/form-data", content, schemas);
  assert.deepEqual(Object.entries(fields), [["__proto__", "string"], ["constructor", "{}"]]);
  const operation = { path: "/a", method: "post", request_body: { content: { "multipart/form-data": content } } };
  const made = (values) => request(operation, { parameters: {}, media: "multipart/form-data", ...values }, { base: "", schemas }).body.parts.map(({ name, text }) => [name, text]);
  assert.deepEqual(made({ fields }), [["__proto__", "string"], ["constructor", "{}"]]);
  assert.deepEqual(made({ fields: {} }), []);
});

test("a request leaves out what is read only, an answer what is write only", () => {
  const schema = { type: "object", properties: { id: { type: "string", readOnly: true }, secret: { type: "string", writeOnly: true } } };
  assert.deepEqual(example(schema, schemas), { secret: "string" });
  assert.deepEqual(example(schema, schemas, { response: true }), { id: "string" });
});

test("the first alternative is taken, with the value that its discriminator has for it", () => {
  const schema = { oneOf: [{ $ref: "Cat" }], discriminator: { propertyName: "kind", mapping: { feline: "Cat" } } };
  const two = { ...schema, oneOf: [{ $ref: "Cat" }, { $ref: "Node" }] };
  assert.deepEqual(example(two, schemas), { kind: "feline", lives: 9 });
});

test("a form begins with what is required, the rest is empty", () => {
  const operation = {
    path: "/a/{id}", method: "POST", request_body: { content: { "application/json": { example: { a: 1 } } } },
    parameters: [
      { name: "id", in: "path", required: true, schema: { type: "string" }, example: "acc_1" }, { name: "limit", in: "query", schema: { default: 20 } },
      { name: "Authorization", in: "header", required: true, schema: { type: "string" } },
    ],
  };
  const values = initial(operation, schemas);
  assert.deepEqual(values, { parameters: { "path:id": "acc_1" }, media: "application/json", body: '{\n  "a": 1\n}', fields: {} });
  const made = request(operation, { ...values, parameters: {} }, { base: "https://x.example", schemas });
  assert.equal(made.url, "https://x.example/a/acc_1");
});

test("fields of a form are what its schema has, files left to the person", () => {
  const content = { schema: { required: ["note", "file"], properties: { note: { type: "string" }, tags: { type: "array", items: { type: "string" } }, file: { type: "string", format: "binary" }, id: { type: "string", readOnly: true } } } };
  assert.deepEqual(filled("multipart/form-data", content, schemas).fields, { note: "string" });
});
