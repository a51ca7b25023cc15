// SPDX-License-Identifier: AGPL-3.0-only
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inflateSync } from "node:zlib";

import { decrypt } from "../src/evidence/age.js";
import { sha256 } from "../src/evidence/bytes.js";
import { Identity, KeyKind } from "../src/evidence/index.js";
import { streamOf } from "../src/evidence/streams.js";

/** Opens a vector with the first of its keys that fits, and says what came of it in the vectors' words. */
async function outcome(sealed: Uint8Array<ArrayBuffer>, keys: readonly string[]): Promise<string> {
  let result = "no match";
  for (const text of keys) {
    const plain = streamOf(decrypt(new Blob([sealed]), Identity.parse(text)));
    try {
      return sha256(new Uint8Array(await new Response(plain).arrayBuffer())).slice(2);
    } catch (error) {
      result = (error as { code?: string }).code === "wrong-key" ? "no match" : "failure";
    }
    if (result === "failure") break;
  }
  return result;
}

test("the age format's own vectors open, or are refused, as they must be", async () => {
  const folder = process.env["AGE_TESTKIT"];
  assert.ok(folder, "AGE_TESTKIT names no folder; run the tests by make test");
  let seen = 0;
  for (const name of readdirSync(folder)) {
    const file = readFileSync(join(folder, name));
    const end = file.indexOf("\n\n");
    const lines = file.subarray(0, end).toString().split("\n").map((line) => line.split(": ") as [string, string]);
    const all = (key: string): string[] => lines.filter(([known]) => known === key).map(([, told]) => told);
    if (all("armored").length > 0 || all("passphrase").length > 0) continue;
    const body = file.subarray(end + 2);
    const sealed = Uint8Array.from(all("compressed").length > 0 ? inflateSync(body) : body);
    const keys = all("identity");
    const result = await outcome(sealed, keys.length > 0 ? keys : [Identity.generate(KeyKind.X25519).text]);
    const [expect] = all("expect");
    if (expect === "success") assert.equal(result, all("payload")[0], name);
    else assert.equal(result, expect === "no match" ? "no match" : "failure", name);
    seen += 1;
  }
  assert.ok(seen > 80, `only ${seen} vectors`);
});
