// SPDX-License-Identifier: AGPL-3.0-only

/** The least length in bytes of a padded archive. */
export const LEAST = 65_536;

const BLOCK = 512;

/**
 * The length in bytes to which an archive of `length` bytes is padded with zeros, so that its size tells little.
 *
 * Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019,
 * section 4), at least 64 KiB, a multiple of 512.
 *
 * @param length - At most 2^52, so that the result is exact.
 */
export function padded(length: number): number {
  const least = Math.max(length, LEAST);
  const exponent = bitLength(least) - 1;
  const unit = 2 ** (exponent - bitLength(exponent));
  const rounded = Math.ceil(least / unit) * unit;
  return Math.ceil(rounded / BLOCK) * BLOCK;
}

function bitLength(count: number): number {
  return count.toString(2).length;
}
