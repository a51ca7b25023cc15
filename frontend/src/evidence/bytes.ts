// SPDX-License-Identifier: AGPL-3.0-only
import { sha256 as noble } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";

import { chunksOf } from "./streams.js";

/** Bytes that own their memory, as the browser's interfaces take them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** 32 bytes as the contracts and the stores write them: `0x` and 64 lower-case hex digits. */
export type Hash = `0x${string}`;

const HASH = /^0x[0-9a-f]{64}$/;

/** Whether a text is written as a {@link Hash}. */
export function isHash(text: unknown): text is Hash {
  return typeof text === "string" && HASH.test(text);
}

/** 32 bytes as a {@link Hash}. */
export function toHash(bytes: Uint8Array): Hash {
  return `0x${bytesToHex(bytes)}`;
}

/** The 32 bytes that a {@link Hash} writes. */
export function fromHash(hash: Hash): Bytes {
  return Uint8Array.from(hexToBytes(hash.slice(2)));
}

/** SHA-256 of some bytes, or of a text in UTF-8. */
export function sha256(data: Uint8Array | string): Hash {
  return toHash(noble(typeof data === "string" ? new TextEncoder().encode(data) : data));
}

/** SHA-256 of bytes that come piece by piece. */
export class Sha256 {
  readonly #state = noble.create();

  /** Takes the next piece. */
  update(chunk: Uint8Array): void {
    this.#state.update(chunk);
  }

  /** The hash of everything taken; to be called once, at the end. */
  digest(): Hash {
    return toHash(this.#state.digest());
  }
}

/**
 * SHA-256 of a file of any size: the name of a document, a grant or a manifest in every store.
 *
 * @param blob - The file; it is read in pieces.
 * @param progress - Called with the number of bytes read so far.
 */
export async function hashOf(blob: Blob, progress?: (done: number) => void): Promise<Hash> {
  const hash = new Sha256();
  let done = 0;
  for await (const chunk of chunksOf(blob.stream())) {
    hash.update(chunk);
    progress?.((done += chunk.length));
  }
  return hash.digest();
}
