import assert from "node:assert/strict";
import test from "node:test";
import { changes, deed, subject } from "../src/account/audit-words.js";

const SHOP = { kind: "application", id: "app_1", name: "Web shop" };
const KEY = { kind: "credential", id: "8Gx", name: "Production" };
const told = (what, subjects) => `${deed(what)} ${subject(what, subjects)}`.trim();

test("an entry reads as a sentence with the names of what it is of", () => {
  assert.equal(told("key rotate", [SHOP, KEY, { ...KEY, id: "new" }]), "rotated the key Production of Web shop");
  assert.equal(told("application create", [SHOP]), "registered the application Web shop");
  const plan = { kind: "subscription", id: "sub_1", name: "Open Banking" };
  assert.equal(told("subscription set-plan", [SHOP, plan]), "changed the plan of Open Banking of Web shop");
  assert.equal(told("upgrade ask", [SHOP, { kind: "product", id: "open-banking", name: "Open Banking" }]), "asked for a plan for Open Banking of Web shop");
  assert.equal(told("member set-role", [{ kind: "member", id: "b1", name: "sam@korst.example" }]), "changed the role of sam@korst.example");
  assert.equal(told("member add", [{ kind: "member", id: "b1", name: "sam@korst.example" }]), "added the member sam@korst.example");
  assert.equal(told("onboard", [SHOP]), "set up Web shop");
  assert.equal(told("organization rename", [{ kind: "organization", id: "korst", name: "Korst" }]), "renamed the organization");
  assert.equal(told("invitation accept", [{ kind: "invitation", id: "x", name: "jip@korst.example" }]), "accepted the invitation");
});

test("what has no name any more is told by its id, and a deed that is new by its words", () => {
  assert.equal(told("key revoke", [SHOP, { ...KEY, name: null }]), "revoked the key 8Gx of Web shop");
  assert.equal(told("moon phase-change", []), "moon phase change");
  assert.equal(deed("moon"), "moon");
});

test("changes are those that a person can read, and no ids", () => {
  const before = { application: "app_1", plan: "free", state: "active" };
  const after = { application: "app_2", plan: "partner", state: "active" };
  assert.deepEqual(changes("subscription set-plan", before, after), [{ name: "Plan", before: "free", after: "partner" }]);
  assert.equal(changes("subscription set-plan", before, after, { free: { title: "Free" } })[0].before, "Free");
  assert.deepEqual(changes("key create", {}, { name: "CI", expires: "2026-11-24T12:00:00Z", scopes: ["a", "b"] }), [
    { name: "Ends", before: "", after: "24 Nov 2026, 12:00 UTC" },
    { name: "Scopes", before: "", after: "a, b" },
  ]);
  assert.deepEqual(changes("subscription override", {}, { override: { limits: { hour: 9000 }, until: "2026-11-24T12:00:00Z" } }), [
    { name: "Limits", before: "", after: "hour 9,000, until 24 Nov 2026, 12:00 UTC" },
  ]);
  assert.deepEqual(changes("application rename", { name: "Shop" }, { name: "Web shop" }), [{ name: "Name", before: "Shop", after: "Web shop" }]);
  assert.deepEqual(changes("member remove", { role: "owner" }, {}), []);
});
