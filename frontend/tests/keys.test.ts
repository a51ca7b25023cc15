// SPDX-License-Identifier: AGPL-3.0-only
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import { bech32 } from "@scure/base";

import { Identity, KeyKind, kindFor, Recipient } from "../src/evidence/index.js";

const KINDS = [KeyKind.X25519, KeyKind.HYBRID] as const;
const REFUSED = { name: "EvidenceError", code: "key-text" };

function text(prefix: string, bytes: Uint8Array): string {
  return bech32.encode(prefix, bech32.toWords(bytes), false);
}

test("an identity's text, secret and recipient lead to the same key", () => {
  for (const kind of KINDS) {
    const key = Identity.generate(kind);
    assert.notEqual(key.text, Identity.generate(kind).text);
    for (const again of [Identity.parse(` ${key.text}\n`), Identity.fromSecret(kind, key.secret)]) {
      assert.equal(again.text, key.text);
      assert.equal(again.recipient.text, key.recipient.text);
    }
    const reader = Recipient.parse(`${key.recipient.text}\n`);
    assert.equal(reader.kind, kind);
    assert.equal(reader.digest, key.recipient.digest);
  }
});

test("what is announced is the X25519 key itself, or the hash of a hybrid recipient (R-122)", () => {
  const plain = Identity.generate(KeyKind.X25519).recipient;
  assert.equal(Recipient.x25519(plain.publicKey).text, plain.text);
  assert.notEqual(plain.publicKey, plain.digest);
  const hybrid = Identity.generate(KeyKind.HYBRID).recipient;
  assert.equal(hybrid.publicKey, hybrid.digest);
});

test("texts that are no key are refused, without repeating them", () => {
  const key = Identity.generate(KeyKind.X25519);
  const other = Identity.generate(KeyKind.HYBRID);
  const recipients = ["", "age1", key.text, key.recipient.text.toUpperCase(), key.recipient.text.slice(0, -1),
    text("age", new Uint8Array(31).fill(9)), text("age1pq", new Uint8Array(32).fill(9)), text("age1tag", new Uint8Array(33)),
    other.recipient.text.replace("age1pq1", "age1")];
  for (const wrong of recipients) assert.throws(() => Recipient.parse(wrong), REFUSED, wrong);
  const identities = ["", key.recipient.text, key.text.toLowerCase(), key.text.slice(0, -1), `${key.text}\n${key.text}`,
    text("age-secret-key-", new Uint8Array(31)).toUpperCase()];
  for (const wrong of identities) {
    assert.throws(() => Identity.parse(wrong), (error: Error) => !wrong || !error.message.includes(wrong), wrong);
    assert.throws(() => Identity.parse(wrong), REFUSED, wrong);
  }
  assert.throws(() => Identity.fromSecret(KeyKind.X25519, "0x00"), REFUSED);
  assert.throws(() => Recipient.x25519("0xZZ"), REFUSED);
});

test("keys with which anybody could read are refused", () => {
  const zero = new Uint8Array(32);
  const one = Uint8Array.from(zero, (_, index) => (index === 0 ? 1 : 0));
  for (const point of [zero, one]) assert.throws(() => Recipient.parse(text("age", point)), /not safe/);
  const hybrid = bech32.fromWords(bech32.decode(Identity.generate(KeyKind.HYBRID).recipient.text as "age1pq1", false).words);
  const lowOrder = Uint8Array.from(hybrid).fill(0, 1184);
  const lower = Uint8Array.from(hybrid);
  lower.set([0x01, lower[1]! | 0x0d, lower[2]!], 0);
  const upper = Uint8Array.from(hybrid);
  upper.set([(upper[1150]! & 0x0f) | 0x10, 0xd0], 1150);
  for (const raw of [lowOrder, lower, upper]) assert.throws(() => Recipient.parse(text("age1pq", raw)), /not safe/);
});

test("an identity does not show its secret by accident", () => {
  const key = Identity.generate(KeyKind.X25519);
  const shown = [String(key), JSON.stringify(key), inspect(key, { depth: 9, showHidden: true })].join("\n");
  assert.ok(!shown.includes(key.text) && !shown.includes(key.secret.slice(2)) && shown.includes(key.recipient.digest));
});

test("a document key is hybrid only if every reader is (R-120)", () => {
  const [plain, hybrid] = KINDS.map((kind) => Identity.generate(kind).recipient) as [Recipient, Recipient];
  assert.equal(kindFor([]), KeyKind.X25519);
  assert.equal(kindFor([plain, hybrid]), KeyKind.X25519);
  assert.equal(kindFor([hybrid, hybrid]), KeyKind.HYBRID);
});
