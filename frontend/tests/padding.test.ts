// SPDX-License-Identifier: AGPL-3.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { padded } from "../src/evidence/padding.js";

test("lengths are padded as Padmé says, at least 64 KiB (R-120)", () => {
  const expected: readonly [number, number][] = [
    [0, 65_536],
    [65_536, 65_536],
    [65_537, 67_584],
    [100_000, 100_352],
    [1_000_000, 1_015_808],
    [1_048_577, 1_081_344],
    [2 ** 32, 2 ** 32],
    [2 ** 32 + 1, 2 ** 32 + 2 ** 26],
    [2 ** 40 + 1, 2 ** 40 + 2 ** 34],
  ];
  for (const [length, result] of expected) assert.equal(padded(length), result, `of ${length}`);
});

test("a padded length is no shorter, a multiple of 512, and at most a thirtieth longer", () => {
  for (let length = 65_536; length < 2 ** 45; length = Math.ceil(length * 1.0173)) {
    const result = padded(length);
    assert.ok(result >= length && result % 512 === 0 && result - length <= length / 30 + 512, `${length}: ${result}`);
  }
});
