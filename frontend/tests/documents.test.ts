// SPDX-License-Identifier: AGPL-3.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { encrypt } from "../src/evidence/age.js";
import { hashOf, Identity, KeyKind, openDocument, seal, sha256 } from "../src/evidence/index.js";
import { tar } from "./tar.js";

const KINDS = [KeyKind.X25519, KeyKind.HYBRID] as const;

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

test("sealed files come back, with their names", async () => {
  for (const kind of KINDS) {
    const key = Identity.generate(kind);
    const files = [new File(["报告"], "报告.txt"), new File([new Uint8Array(300_000).fill(7)], "scan.png"), new File([], "leer")];
    const sealed = await seal(files, key);
    assert.deepEqual(sealed.files, ["报告.txt", "scan.png", "leer"]);
    assert.equal(sealed.contentSize, 300_006);
    assert.equal(sealed.size, sealed.document.size);
    assert.equal(sealed.digest, sha256(await bytesOf(sealed.document)));
    assert.equal(sealed.digest, await hashOf(sealed.document));
    const opened = await openDocument(sealed.document, key, { digest: sealed.digest });
    assert.deepEqual(opened.map((file) => file.name), sealed.files);
    for (const [index, file] of opened.entries()) assert.deepEqual(await bytesOf(file), await bytesOf(files[index]!));
  }
});

test("documents of like length have the same length sealed, and no two are equal", async () => {
  const key = Identity.generate(KeyKind.X25519);
  const [one, other] = [await seal([new File(["a"], "a")], key), await seal([new File(["b".repeat(60_000)], "b")], key)];
  assert.equal(one.size, other.size);
  assert.notEqual(one.digest, (await seal([new File(["a"], "a")], key)).digest);
});

test("progress goes from little to all, in sealing and in opening", async () => {
  const key = Identity.generate(KeyKind.X25519);
  const told: [number, number][] = [];
  const sealed = await seal([new File([new Uint8Array(3_000_000)], "a")], key, (done, total) => told.push([done, total]));
  const opened: [number, number][] = [];
  await openDocument(sealed.document, key, { digest: sealed.digest, progress: (done, total) => opened.push([done, total]) });
  for (const steps of [told, opened]) {
    assert.ok(steps.length > 10 && steps[0]![0] < steps[0]![1] / 2);
    assert.ok(steps.every(([done], index) => index === 0 || done >= steps[index - 1]![0]));
    assert.equal(steps.at(-1)![0], steps.at(-1)![1]);
  }
});

test("nothing to seal, and a file that can't be read, are refused", async () => {
  const key = Identity.generate(KeyKind.X25519);
  await assert.rejects(seal([], key), { name: "EvidenceError", code: "seal" });
  class Gone extends File {
    override stream(): ReturnType<File["stream"]> {
      return new ReadableStream({ start: (controller) => controller.error(new Error("gone")) });
    }
  }
  await assert.rejects(seal([new Gone(["abc"], "a")], key), { name: "EvidenceError", code: "seal" });
});

test("another key does not open a document", async () => {
  for (const kind of KINDS) {
    const { document } = await seal([new File(["a"], "a")], Identity.generate(kind));
    for (const other of KINDS) {
      await assert.rejects(openDocument(document, Identity.generate(other)), { name: "EvidenceError", code: "wrong-key" });
    }
  }
});

test("a document that was changed, cut off or lengthened does not open", async () => {
  for (const kind of KINDS) {
    const key = Identity.generate(kind);
    const { document } = await seal([new File([new Uint8Array(100_000)], "a")], key);
    const good = await bytesOf(document);
    const damaged: Blob[] = [new Blob([]), new Blob(["age-encryption.org/v1\n"]), new Blob([good, "x"])];
    for (const length of [10, good.length - 1, good.length - 20_000, good.length - 70_000]) damaged.push(new Blob([good.subarray(0, length)]));
    for (const at of [3, 60, good.length - 1, good.length - 90_000]) {
      const changed = good.slice();
      changed[at]! ^= 1;
      damaged.push(new Blob([changed]));
    }
    for (const blob of damaged) {
      await assert.rejects(openDocument(blob, key), (error: Error & { code?: string }) =>
        error.name === "EvidenceError" && (error.code === "damaged" || error.code === "wrong-key"));
    }
  }
});

test("a file without an end of its header is not gathered", async () => {
  const key = Identity.generate(KeyKind.X25519);
  let read = 0;
  class Endless extends Blob {
    override stream(): ReturnType<Blob["stream"]> {
      read += 1;
      return super.stream();
    }
  }
  const endless = new Endless(["age-encryption.org/v1\n", "-> X25519 a\n".repeat(100_000)]);
  await assert.rejects(openDocument(endless, key), { name: "EvidenceError", code: "damaged" });
  assert.equal(read, 0);
});

test("a document other than the one named is told apart before it is opened", async () => {
  const key = Identity.generate(KeyKind.X25519);
  const [one, other] = [await seal([new File(["a"], "a")], key), await seal([new File(["b"], "b")], key)];
  await assert.rejects(openDocument(other.document, key, { digest: one.digest }), { name: "EvidenceError", code: "digest" });
});

test("what a fault of the disk throws is not taken for a damaged document", async () => {
  const key = Identity.generate(KeyKind.X25519);
  const { document } = await seal([new File(["a"], "a")], key);
  class Failing extends Blob {
    override stream(): ReturnType<Blob["stream"]> {
      return new ReadableStream({ start: (controller) => controller.error(new RangeError("disk")) });
    }
  }
  await assert.rejects(openDocument(new Failing([document]), key), RangeError);
});

test("an archive that could do harm gives no file at all", async () => {
  const key = Identity.generate(KeyKind.X25519);
  const archive = tar({ name: "good", content: "x" }, { name: "evil", type: "2", link: "/etc/passwd" });
  const sealed = await new Response(await encrypt(new Blob([archive]).stream(), key.recipient)).blob();
  await assert.rejects(openDocument(sealed, key), { name: "EvidenceError", code: "archive" });
  const many = tar({ name: "a", content: "12" }, { name: "b", content: "34" });
  const limited = await new Response(await encrypt(new Blob([many]).stream(), key.recipient)).blob();
  assert.equal((await openDocument(limited, key)).length, 2);
  await assert.rejects(openDocument(limited, key, { limits: { files: 1, size: 9 } }), { code: "archive" });
});
