// SPDX-License-Identifier: AGPL-3.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { encryptBytes } from "../src/evidence/age.js";
import { type Access, Identity, KeyKind, Manifest, sha256, unwrap, wrap } from "../src/evidence/index.js";

const KINDS = [KeyKind.X25519, KeyKind.HYBRID] as const;
const READER = Identity.fromSecret(KeyKind.X25519, `0x${"11".repeat(32)}`).recipient;
const ACCESS: Access = {
  chainId: 31337,
  court: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  claim: 7,
  panel: 3,
  attempt: 0,
  document: `0x${"ab".repeat(32)}`,
  sealKey: `0x${"cd".repeat(32)}`,
  copies: ["ipfs:bafy"],
  seats: [{ seat: 2, recipient: READER.text, grant: `0x${"ef".repeat(32)}` }],
};
const REFUSED = { name: "EvidenceError", code: "manifest" };

function told(change: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...(JSON.parse(new TextDecoder().decode(new Manifest(ACCESS).toBytes())) as Record<string, unknown>), ...change };
}

function parse(value: unknown): Manifest {
  return Manifest.parse(new TextEncoder().encode(JSON.stringify(value)));
}

test("a grant gives the document key to its reader and to nobody else", async () => {
  for (const kind of KINDS) {
    for (const readerKind of KINDS) {
      const [key, reader] = [Identity.generate(kind), Identity.generate(readerKind)];
      const grant = await wrap(key, reader.recipient);
      assert.equal((await unwrap(grant, reader)).text, key.text);
      await assert.rejects(unwrap(grant, Identity.generate(readerKind)), { name: "EvidenceError", code: "wrong-key" });
      await assert.rejects(unwrap(grant.subarray(0, -1), reader), { name: "EvidenceError", code: "damaged" });
    }
  }
});

test("a grant without a document key inside is refused, and its content is not repeated", async () => {
  const reader = Identity.generate(KeyKind.X25519);
  for (const content of ["no key", "", `${reader.text}\n${reader.text}\n`]) {
    const grant = await encryptBytes(new TextEncoder().encode(content), reader.recipient);
    await assert.rejects(unwrap(grant, reader), (error: Error & { code?: string }) =>
      error.name === "EvidenceError" && error.code === "key-text" && !error.message.includes("no key "));
  }
  await assert.rejects(unwrap(new Uint8Array(65_537), reader), { code: "key-text" });
});

test("a manifest is written in one way only, and its hash is that of its bytes (R-123)", () => {
  const manifest = new Manifest(ACCESS);
  const text =
    `{"attempt":0,"chain_id":31337,"claim":7,"copies":["ipfs:bafy"],"court":"0x5FbDB2315678afecb367f032d93F642f64180aa3",` +
    `"document":"0x${"ab".repeat(32)}","format":"tongxin-access/1","panel":3,"seal_key":"0x${"cd".repeat(32)}",` +
    `"seats":[{"grant":"0x${"ef".repeat(32)}","recipient":"${READER.text}","seat":2}]}`;
  assert.equal(new TextDecoder().decode(manifest.toBytes()), text);
  assert.equal(manifest.digest, sha256(text));
  assert.deepEqual(Manifest.parse(manifest.toBytes()).access, ACCESS);
  assert.equal(manifest.forSeat(2)?.grant, ACCESS.seats[0]?.grant);
  assert.equal(manifest.forSeat(0), undefined);
});

test("what is no manifest is refused", () => {
  assert.equal(parse(told()).digest, new Manifest(ACCESS).digest);
  const seat = ACCESS.seats[0]!;
  const wrong: unknown[] = [null, [], "x", 3, {}, told({ format: "tongxin-access/2" }), told({ format: undefined }),
    told({ more: 1 }), told({ chain_id: -1 }),
    told({ chain_id: 1.5 }), told({ chain_id: "1" }), told({ claim: 2 ** 53 }), told({ panel: null }), told({ attempt: true }),
    told({ court: "0x12" }), told({ document: ACCESS.document.toUpperCase() }), told({ seal_key: 1 }), told({ copies: "a:b" }),
    told({ copies: ["no scheme"] }), told({ copies: Array(17).fill("a:b") }), told({ copies: [`a:${"b".repeat(255)}`] }),
    told({ seats: {} }), told({ seats: [seat, seat] }), told({ seats: [{ ...seat, seat: 3 }, seat] }), told({ seats: [{ ...seat, x: 1 }] }),
    told({ seats: [{ ...seat, grant: "0x" }] }), told({ seats: [{ ...seat, recipient: "age1" }] }), told({ seats: [null] })];
  for (const value of wrong) assert.throws(() => parse(value), REFUSED, JSON.stringify(value));
  const padded = new TextEncoder().encode(JSON.stringify(told()) + " ".repeat(2 ** 20));
  for (const bytes of [new Uint8Array(0), new Uint8Array([0xff]), padded]) {
    assert.throws(() => Manifest.parse(bytes), REFUSED);
  }
});
