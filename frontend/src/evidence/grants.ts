// SPDX-License-Identifier: AGPL-3.0-only
import { decrypt, encryptBytes } from "./age.js";
import { type Bytes, type Hash, isHash, sha256 } from "./bytes.js";
import { EvidenceError } from "./errors.js";
import { Identity, Recipient } from "./keys.js";
import { streamOf } from "./streams.js";

/** Longest grant in bytes that is looked at. */
export const MOST_GRANT_BYTES = 65_536;
/** Longest manifest in bytes that is looked at. */
export const MOST_MANIFEST_BYTES = 1_048_576;

const FORMAT = "tongxin-access/1";
const FIELDS = [
  "format", "chain_id", "court", "claim", "panel", "attempt", "document", "seal_key", "copies", "seats",
];
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const COPY = /^[a-z][a-z0-9+.-]*:[!-~]+$/;
const STRING = /"(?:[^"\\]|\\.)*"/g;
const FRACTION = /[0-9][.eE]/;
const MOST_COPY_LENGTH = 256;
const MOST_COPIES = 16;

/**
 * A grant: the document key sealed to a reader. `age -d` gives it back as a key file.
 *
 * @param key - The document key.
 * @param reader - Who may read the document from now on; it can be deleted from stores, but not from who opened it.
 */
export async function wrap(key: Identity, reader: Recipient): Promise<Bytes> {
  return await encryptBytes(new TextEncoder().encode(`${key.text}\n`), reader);
}

/**
 * The document key in a grant.
 *
 * @throws {@link EvidenceError} `wrong-key`: it is sealed to other keys; `damaged`: it was changed or is cut off;
 * `key-text`: it is too long or holds no document key.
 */
export async function unwrap(grant: Uint8Array, reader: Identity): Promise<Identity> {
  if (grant.length > MOST_GRANT_BYTES) {
    throw new EvidenceError("key-text", `this is no grant: it is longer than ${MOST_GRANT_BYTES} bytes`);
  }
  const plain = streamOf(decrypt(new Blob([Uint8Array.from(grant)]), reader));
  return Identity.parse(await new Response(plain).text());
}

/** What one seat of a panel gets. */
export interface SeatGrant {
  /** Number of the seat. */
  readonly seat: number;
  /** Text of the recipient that the seat announced. */
  readonly recipient: string;
  /** SHA-256 of the grant, its name in every store. */
  readonly grant: Hash;
}

/** What stands in a {@link Manifest}; numbers up to 2^53 - 1. */
export interface Access {
  /** Chain of the mutual. */
  readonly chainId: number;
  /** Address of its Court. */
  readonly court: string;
  /** Number of the claim. */
  readonly claim: number;
  /** Number of the panel. */
  readonly panel: number;
  /** How often it was drawn before. */
  readonly attempt: number;
  /** SHA-256 of the sealed document. */
  readonly document: Hash;
  /** SHA-256 of the document key's recipient. */
  readonly sealKey: Hash;
  /** Where copies lie besides the mutual's stores, such as `ipfs:CID`. */
  readonly copies: readonly string[];
  /** What each seat gets, in order of seats. */
  readonly seats: readonly SeatGrant[];
}

/** Who of a panel was given the key of a claim's document, and where both lie. Names seats alone. */
export class Manifest {
  /** SHA-256 of {@link toBytes}: `keys_hash` of the access, its name in every store. */
  readonly digest: Hash;
  readonly #bytes: Bytes;

  /** @throws {@link EvidenceError} `manifest`: something in it is of the wrong form. */
  constructor(readonly access: Access) {
    check(access);
    this.#bytes = new TextEncoder().encode(canonical(access));
    this.digest = sha256(this.#bytes);
  }

  /**
   * Reads a manifest.
   *
   * @throws {@link EvidenceError} `manifest`: it is none.
   */
  static parse(data: Uint8Array): Manifest {
    if (data.length > MOST_MANIFEST_BYTES) throw malformed(`its length: it has more than ${MOST_MANIFEST_BYTES} bytes`);
    const read = parsed(data);
    const fields: Fields = { copies: [], ...only(read, "", FIELDS) };
    if (fields["format"] !== FORMAT) throw malformed("format");
    return new Manifest({
      chainId: fields["chain_id"] as number,
      court: fields["court"] as string,
      claim: fields["claim"] as number,
      panel: fields["panel"] as number,
      attempt: fields["attempt"] as number,
      document: fields["document"] as Hash,
      sealKey: fields["seal_key"] as Hash,
      copies: fields["copies"] as string[],
      seats: list(fields["seats"], "seats").map((seat, index) => {
        const entry = only(seat, `seats.${index}`, ["seat", "recipient", "grant"]);
        return { seat: entry["seat"] as number, recipient: entry["recipient"] as string, grant: entry["grant"] as Hash };
      }),
    });
  }

  /** The manifest as it lies in the stores: JSON with sorted keys, without spaces, in ASCII. */
  toBytes(): Bytes {
    return Uint8Array.from(this.#bytes);
  }

  /** What a seat gets, if it is named. */
  forSeat(seat: number): SeatGrant | undefined {
    return this.access.seats.find((entry) => entry.seat === seat);
  }
}

/** The JSON in some bytes; a number written with a fraction or an exponent is none of ours. */
function parsed(data: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    const read: unknown = JSON.parse(text);
    if (FRACTION.test(text.replace(STRING, ""))) throw new SyntaxError("a number is not written as a whole one");
    return read;
  } catch (error) {
    throw malformed("its beginning: it is no JSON, or holds a number with a fraction", error);
  }
}

function canonical(access: Access): string {
  return JSON.stringify({
    attempt: access.attempt,
    chain_id: access.chainId,
    claim: access.claim,
    copies: access.copies,
    court: access.court,
    document: access.document,
    format: FORMAT,
    panel: access.panel,
    seal_key: access.sealKey,
    seats: access.seats.map(({ grant, recipient, seat }) => ({ grant, recipient, seat })),
  });
}

/** Checks what the types promise too, because it may have been read from outside. */
function check(access: Access): void {
  const counts = { chain_id: access.chainId, claim: access.claim, panel: access.panel, attempt: access.attempt };
  for (const [field, count] of Object.entries(counts)) if (!isCount(count)) throw malformed(field);
  if (typeof access.court !== "string" || !ADDRESS.test(access.court)) throw malformed("court");
  if (!isHash(access.document)) throw malformed("document");
  if (!isHash(access.sealKey)) throw malformed("seal_key");
  const copies = list(access.copies, "copies");
  if (copies.length > MOST_COPIES || !copies.every(isCopy)) throw malformed("copies");
  let last = -1;
  for (const [index, { seat, recipient, grant }] of access.seats.entries()) {
    if (!isCount(seat)) throw malformed(`seats.${index}.seat`);
    if (seat <= last) throw malformed("seats: each stands there once, in order");
    if (!isHash(grant)) throw malformed(`seats.${index}.grant`);
    if (!isRecipient(recipient)) throw malformed(`seats.${index}.recipient`);
    last = seat;
  }
}

function isCount(count: unknown): boolean {
  return Number.isSafeInteger(count) && (count as number) >= 0;
}

function isCopy(copy: unknown): boolean {
  return typeof copy === "string" && copy.length <= MOST_COPY_LENGTH && COPY.test(copy);
}

function isRecipient(text: unknown): boolean {
  try {
    return typeof text === "string" && Recipient.parse(text).text === text;
  } catch {
    return false;
  }
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(where);
  return value;
}

type Fields = Readonly<Record<string, unknown>>;

function only(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(where || "its beginning");
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined) throw malformed(where || "its fields: one is not known here");
  return value as Fields;
}

function malformed(where: string, cause?: unknown): EvidenceError {
  return new EvidenceError("manifest", `this is no manifest of the form ${FORMAT}; look at ${where}`, { cause });
}
