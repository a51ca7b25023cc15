// SPDX-License-Identifier: AGPL-3.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { LIMITS, type Limits, Pack, Unpacker } from "../src/evidence/archive.js";
import { EvidenceError } from "../src/evidence/errors.js";
import { type Entry, joined, pax, tar } from "./tar.js";

function unpack(archive: Uint8Array<ArrayBuffer>, limits: Limits = LIMITS, step = archive.length): File[] {
  const unpacker = new Unpacker(limits);
  for (let at = 0; at < archive.length; at += step) unpacker.write(archive.slice(at, at + step));
  return unpacker.finish();
}

async function told(files: readonly File[]): Promise<[string, string][]> {
  return await Promise.all(files.map(async (file): Promise<[string, string]> => [file.name, await file.text()]));
}

async function whole(pack: Pack): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const chunk of pack.chunks()) parts.push(chunk);
  return joined(...parts);
}

function refuses(archive: Uint8Array<ArrayBuffer>, why: RegExp, limits?: Limits): void {
  assert.throws(
    () => unpack(archive, limits),
    (error) => error instanceof EvidenceError && error.code === "archive" && why.test(error.message),
  );
}

test("what is packed is padded and comes back, in whatever pieces it arrives", async () => {
  const content: readonly [string, string][] = [
    ["a.txt", "hello"],
    ["empty", ""],
    ["体检报告.txt", "x".repeat(512)],
    [`${"n".repeat(150)}.txt`, "y".repeat(513)],
  ];
  const pack = new Pack(content.map(([name, text]) => new File([text], name)));
  const archive = await whole(pack);
  assert.equal(archive.length, pack.size);
  assert.equal(pack.size, 65_536);
  for (const step of [1, 511, 512, 513, archive.length]) assert.deepEqual(await told(unpack(archive, LIMITS, step)), content);
});

test("an archive tells neither owner nor time", async () => {
  const archive = await whole(new Pack([new File(["x"], "a", { lastModified: 1_700_000_000_000 })]));
  const header = new TextDecoder("latin1").decode(archive.subarray(0, 512));
  assert.equal(header.slice(100, 148), "0000600\x000000000\x000000000\x0000000000001\x0000000000001\x00");
  assert.equal(header.slice(265).replace(/\x00/g, ""), "");
});

test("a file that changes its length while it is sealed is refused", async () => {
  class Changing extends File {
    override get size(): number {
      return super.size + 1;
    }
  }
  await assert.rejects(whole(new Pack([new Changing(["abc"], "a")])), { name: "EvidenceError", code: "seal" });
});

test("archives that others wrote are read: prefix, long names of pax and GNU, old plain files, sizes of pax", async () => {
  const files = unpack(
    tar(
      { name: "b.txt", prefix: "folder", content: "1" },
      pax({ path: "路径.txt", size: "3", mtime: "1.5" }),
      { name: "x", size: 0, content: "two" },
      { name: "././@LongLink", type: "L", content: `${"l".repeat(120)}\0` },
      { name: "x", content: "3" },
      { name: "old", type: "\0", content: "4" },
    ),
  );
  assert.deepEqual(await told(files), [
    ["folder_b.txt", "1"],
    ["路径.txt", "two"],
    ["l".repeat(120), "3"],
    ["old", "4"],
  ]);
});

test("links, folders, devices and unknown entries are refused", () => {
  const types = ["1", "2", "3", "4", "5", "6", "7", "g", "K", "S", "V"];
  for (const type of types) refuses(tar({ name: "a", type, link: "/etc/passwd" }), /other than plain files/);
  refuses(tar({ name: "folder/", type: "\0" }), /other than plain files/);
});

test("names that point outside are refused, however they are written", () => {
  for (const name of ["/etc/passwd", "../a", "a/../../b", "a\\..\\b", "\\\\host\\a", "c:\\a", ""]) {
    refuses(tar({ name, content: "x" }), /points outside/);
  }
  refuses(tar({ name: "b", prefix: "..", content: "x" }), /points outside/);
  refuses(tar(pax({ path: "../x" }), { name: "a", content: "x" }), /points outside/);
  refuses(tar({ name: "L", type: "L", content: "../x\0" }, { name: "a", content: "x" }), /points outside/);
});

test("an archive that is cut off, changed, or none is refused", () => {
  const good = tar({ name: "a", content: "x" }, { name: "b", content: "y" });
  for (const length of [0, 1, 511, 512, 1024, 1536, 2047, 2048]) refuses(good.slice(0, length), /no whole tar/);
  refuses(joined(good, new Uint8Array([1])), /behind the end/);
  refuses(tar({ name: "a", checksum: 1 }), /no tar archive/);
  refuses(joined(new TextEncoder().encode("%PDF".padEnd(512, "x"))), /no tar archive/);
  refuses(tar({ name: new Uint8Array([0xff, 0xfe]) }), /not UTF-8/);
  refuses(tar(pax({ path: "a" })), /no whole tar/);
});

test("extended headers that are malformed, overlong or hide a sparse file are refused", () => {
  const extended = (content: string, size?: number): Entry[] => [
    { name: "x", type: "x", content, ...(size === undefined ? {} : { size }) },
    { name: "a", content: "x" },
  ];
  for (const text of ["x", "5 a=b", "99 path=b\n", "0 path=b\n", "6 path\n", "-1 a=b\n", " 9 a=b\n", "9 path=b\n9 pa"]) {
    refuses(tar(...extended(text)), /no tar archive/);
  }
  refuses(tar(...extended("")), /too long/);
  refuses(tar(...extended("", 65_537)), /too long/);
  refuses(tar(pax({ size: "-1" }), { name: "a" }), /no tar archive/);
  refuses(tar(pax({ "GNU.sparse.major": "1" }), { name: "a" }), /sparse/);
});

test("more files or bytes than allowed are refused before they are read", () => {
  const three = tar({ name: "a", content: "12" }, { name: "b", content: "34" }, { name: "c", content: "56" });
  assert.equal(unpack(three, { files: 3, size: 6 }).length, 3);
  refuses(three, /2 files/, { files: 2, size: 6 });
  refuses(three, /5 bytes/, { files: 3, size: 5 });
  refuses(tar(pax({ size: "999999999999999999" }), { name: "a" }), /bytes that are allowed/);
  const huge = tar({ name: "a" });
  huge.set([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 124);
  huge.fill(0x20, 148, 156);
  const sum = huge.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  huge.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0`), 148);
  refuses(huge, /bytes that are allowed/);
});

test("no message repeats a name from inside (I-16)", () => {
  const names = ["../zhang-san", "/zhang-san", "zhang-san"];
  for (const name of names) {
    try {
      unpack(tar({ name, type: name === "zhang-san" ? "2" : "0" }));
      assert.fail("was not refused");
    } catch (error) {
      assert.ok(error instanceof EvidenceError && !error.message.includes("zhang-san"));
    }
  }
});
