// SPDX-License-Identifier: AGPL-3.0-only
import { Decrypter, Encrypter } from "age-encryption";

import type { Bytes } from "./bytes.js";
import { EvidenceError } from "./errors.js";
import type { Identity, Recipient } from "./keys.js";
import { chunksOf, streamOf } from "./streams.js";

const MOST_HEADER_BYTES = 65_536;
const HEADER_END = /\n---[^\n]*\n/;
const NO_MATCH = "no identity matched any of the file's recipients";

/** Seals a stream to one recipient, in the age format. Errors of the stream come through unchanged. */
export async function encrypt(plain: ReadableStream<Bytes>, recipient: Recipient): Promise<ReadableStream<Uint8Array>> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient.text);
  return await encrypter.encrypt(plain);
}

/**
 * The plain chunks of a sealed file. Each was checked; if an error follows, all that came must be thrown away.
 *
 * @throws {@link EvidenceError} `wrong-key` or `damaged`. Errors of reading the file come through unchanged.
 */
export async function* decrypt(sealed: Blob, identity: Identity): AsyncGenerator<Bytes, void, undefined> {
  const header = new TextDecoder("latin1").decode(await sealed.slice(0, MOST_HEADER_BYTES).arrayBuffer());
  if (!HEADER_END.test(header)) {
    throw new EvidenceError("damaged", "this is no age file, or one that is cut off or endless in its header");
  }
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity.text);
  const unread: unknown[] = [];
  try {
    yield* chunksOf(await decrypter.decrypt(streamOf(watched(sealed, unread))));
  } catch (error) {
    throw unread.includes(error) ? error : reason(error);
  }
}

/** Seals some bytes to one recipient. */
export async function encryptBytes(data: Uint8Array, recipient: Recipient): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient.text);
  return Uint8Array.from(await encrypter.encrypt(data));
}

/** The chunks of a file; what reading it throws is noted, so that it is not taken for a fault of what the file holds. */
async function* watched(file: Blob, unread: unknown[]): AsyncGenerator<Bytes, void, undefined> {
  try {
    yield* chunksOf(file.stream());
  } catch (error) {
    unread.push(error);
    throw error;
  }
}

function reason(error: unknown): EvidenceError {
  if (error instanceof Error && error.message === NO_MATCH) {
    return new EvidenceError("wrong-key", "this file is sealed to other keys than yours", { cause: error });
  }
  return new EvidenceError("damaged", "this sealed file was changed, is cut off, or is no usable age file", {
    cause: error,
  });
}
