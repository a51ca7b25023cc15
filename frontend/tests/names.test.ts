// SPDX-License-Identifier: AGPL-3.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { cleanName, Names } from "../src/evidence/names.js";

test("a plain name stays as it is", () => {
  for (const name of ["report.pdf", "体检报告 2026.jpg", "Ärztin.txt", "a.tar.gz"]) assert.equal(cleanName(name), name);
});

test("what could do harm or deceive is taken out of a name", () => {
  const expected: Record<string, string> = {
    "../../etc/passwd": "_.._etc_passwd",
    "C:\\autoexec.bat": "C__autoexec.bat",
    ".bashrc": "bashrc",
    "-rf": "_rf",
    "~root": "_root",
    "a\nb\u0000c": "a_b_c",
    "gpj.\u202Efdp.exe": "gpj.fdp.exe",
    "nul.txt": "_nul.txt",
    "COM1": "_COM1",
    "end. . ": "end",
    "\ud800": "_",
    "e\u0301": "\u00e9",
    "...": "file",
    "": "file",
  };
  for (const [name, clean] of Object.entries(expected)) assert.equal(cleanName(name), clean, JSON.stringify(name));
});

test("a long name is cut to 200 bytes, between characters, and keeps its suffix", () => {
  const clean = cleanName(`${"报".repeat(100)}.pdf`);
  assert.equal(clean, `${"报".repeat(65)}.pdf`);
  assert.equal(new TextEncoder().encode(cleanName(`a.${"b".repeat(300)}`)).length, 200);
});

test("equal names are numbered, whether in upper or lower case", () => {
  const names = new Names();
  const taken = ["a.txt", "A.TXT", "a (2).txt", "a.txt", "b"].map((name) => names.take(name));
  assert.deepEqual(taken, ["a.txt", "A (2).TXT", "a (2) (2).txt", "a (3).txt", "b"]);
});
