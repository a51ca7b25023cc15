// SPDX-License-Identifier: AGPL-3.0-only
import { x25519 } from "@noble/curves/ed25519.js";
import { randomBytes } from "@noble/hashes/utils.js";
import { MLKEM768X25519 } from "@noble/post-quantum/hybrid.js";
import { bech32 } from "@scure/base";

import { fromHash, type Hash, isHash, sha256, toHash } from "./bytes.js";
import { EvidenceError } from "./errors.js";

/** How a key works; the number is what `Jury.announce` and `Office.announce_key` take. */
export const KeyKind = {
  /** X25519, `age1...`. */
  X25519: 1,
  /** ML-KEM-768 with X25519, `age1pq1...`: safe against quantum computers too. */
  HYBRID: 2,
} as const;

/** One of the two kinds of key. */
export type KeyKind = (typeof KeyKind)[keyof typeof KeyKind];

const KINDS = [KeyKind.X25519, KeyKind.HYBRID] as const;
const RECIPIENT_PREFIX: Record<KeyKind, string> = { [KeyKind.X25519]: "age", [KeyKind.HYBRID]: "age1pq" };
const IDENTITY_PREFIX: Record<KeyKind, string> = {
  [KeyKind.X25519]: "age-secret-key-",
  [KeyKind.HYBRID]: "age-secret-key-pq-",
};
const X25519_BYTES = 32;
const MLKEM_BYTES = 1184;
const MLKEM_COEFFICIENT_BYTES = 1152;
const MLKEM_MODULUS = 3329;
const RAW_BYTES: Record<KeyKind, number> = {
  [KeyKind.X25519]: X25519_BYTES,
  [KeyKind.HYBRID]: MLKEM_BYTES + X25519_BYTES,
};
const SECRET_BYTES = 32;

/** A public key to which files are sealed. */
export class Recipient {
  /** SHA-256 of the text: `seal_key` of a claim, `reader` of a grant. */
  readonly digest: Hash;
  /** The 32 bytes that are announced on chain: the X25519 key, or the digest of a hybrid recipient. */
  readonly publicKey: Hash;

  private constructor(
    /** `age1...` or `age1pq1...`. */
    readonly text: string,
    /** How the key works. */
    readonly kind: KeyKind,
    raw: Uint8Array,
  ) {
    this.digest = sha256(text);
    this.publicKey = kind === KeyKind.X25519 ? toHash(raw) : this.digest;
  }

  /**
   * The recipient that a text is, white space around it aside.
   *
   * @throws {@link EvidenceError} `key-text`: it is none, or its key would let anybody read what is sealed to it.
   */
  static parse(text: string): Recipient {
    const line = text.trim();
    const decoded = decodeBech32(line);
    const kind = KINDS.find((known) => RECIPIENT_PREFIX[known] === decoded?.prefix);
    if (decoded === undefined || kind === undefined || decoded.bytes.length !== RAW_BYTES[kind]) {
      throw new EvidenceError(
        "key-text",
        "this is no age recipient of a kind in use here: age1... (X25519) or age1pq1... (hybrid)",
      );
    }
    refuseUnsafe(kind, decoded.bytes);
    return new Recipient(line, kind, decoded.bytes);
  }

  /**
   * The recipient of an X25519 public key of 32 bytes, as it was announced on chain.
   *
   * @throws {@link EvidenceError} `key-text`: it is written wrongly, or would let anybody read what is sealed to it.
   */
  static x25519(publicKey: Hash): Recipient {
    return Recipient.parse(encodeBech32(RECIPIENT_PREFIX[KeyKind.X25519], bytes32(publicKey)));
  }

  /** The text. */
  toString(): string {
    return this.text;
  }
}

/** A secret key that opens what was sealed to its recipient; neither text nor JSON made of this object shows it. */
export class Identity {
  readonly #secret: Uint8Array;
  /** The public key that belongs to it. */
  readonly recipient: Recipient;

  private constructor(
    /** How the key works. */
    readonly kind: KeyKind,
    secret: Uint8Array,
  ) {
    this.#secret = secret;
    const hybrid = kind === KeyKind.HYBRID;
    const raw = hybrid ? MLKEM768X25519.getPublicKey(this.#secret) : x25519.getPublicKey(this.#secret);
    this.recipient = Recipient.parse(encodeBech32(RECIPIENT_PREFIX[kind], raw));
  }

  /** A new identity, drawn at random: a document key, or a juror's key for one seat. */
  static generate(kind: KeyKind): Identity {
    return new Identity(kind, randomBytes(SECRET_BYTES));
  }

  /**
   * The identity of a secret of 32 bytes, such as one that a juror showed.
   *
   * @throws {@link EvidenceError} `key-text`: it is written wrongly.
   */
  static fromSecret(kind: KeyKind, secret: Hash): Identity {
    return new Identity(kind, bytes32(secret));
  }

  /**
   * The identity that a text is, white space around it aside.
   *
   * @throws {@link EvidenceError} `key-text`: it is none. The message never repeats the text.
   */
  static parse(text: string): Identity {
    const line = text.trim();
    const decoded = line === line.toUpperCase() ? decodeBech32(line.toLowerCase()) : undefined;
    const kind = KINDS.find((known) => IDENTITY_PREFIX[known] === decoded?.prefix);
    if (decoded === undefined || kind === undefined || decoded.bytes.length !== SECRET_BYTES) {
      throw new EvidenceError(
        "key-text",
        "this is no age secret key; one begins with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1 and is copied whole",
      );
    }
    return new Identity(kind, decoded.bytes);
  }

  /** The identity as `age-keygen` writes it; a secret. */
  get text(): string {
    return encodeBech32(IDENTITY_PREFIX[this.kind], this.#secret).toUpperCase();
  }

  /** The secret's 32 bytes; a juror who got an unreadable key shows them. */
  get secret(): Hash {
    return toHash(this.#secret);
  }

  /** Names the public key only. */
  toString(): string {
    return `Identity of ${this.recipient.digest}`;
  }
}

/** The kind of a document key: hybrid if every reader known at sealing is, and there is one. */
export function kindFor(readers: Iterable<Recipient>): KeyKind {
  const kinds = [...readers].map((reader) => reader.kind);
  return kinds.length > 0 && kinds.every((kind) => kind === KeyKind.HYBRID) ? KeyKind.HYBRID : KeyKind.X25519;
}

function bytes32(text: Hash): Uint8Array {
  if (!isHash(text)) throw new EvidenceError("key-text", "a key of 32 bytes is written as 0x and 64 lower-case hex digits");
  return fromHash(text);
}

function encodeBech32(prefix: string, bytes: Uint8Array): string {
  return bech32.encode(prefix, bech32.toWords(bytes), false);
}

function decodeBech32(text: string): { prefix: string; bytes: Uint8Array } | undefined {
  if (text !== text.toLowerCase()) return undefined;
  try {
    const { prefix, words } = bech32.decode(text as `${string}1${string}`, false);
    return { prefix, bytes: bech32.fromWords(words) };
  } catch {
    return undefined;
  }
}

/**
 * Refuses points of small order, with which the shared secret is zero for everybody (RFC 7748, section 6.1), and
 * ML-KEM keys with a coefficient outside of the field (FIPS 203, section 7.2), which the library lets pass.
 */
function refuseUnsafe(kind: KeyKind, raw: Uint8Array): void {
  try {
    x25519.getSharedSecret(x25519.utils.randomSecretKey(), raw.slice(-X25519_BYTES));
  } catch (error) {
    throw unsafe(error);
  }
  if (kind === KeyKind.HYBRID && !coefficientsFit(raw.subarray(0, MLKEM_COEFFICIENT_BYTES))) throw unsafe();
}

function unsafe(cause?: unknown): EvidenceError {
  return new EvidenceError("key-text", "this recipient's key is not safe: anybody could read what is sealed to it", { cause });
}

/** Whether all numbers of 12 bits, two in three bytes, the lower ones first, are below the modulus of ML-KEM. */
function coefficientsFit(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 3) {
    const pair = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    if ((pair & 0xfff) >= MLKEM_MODULUS || pair >> 12 >= MLKEM_MODULUS) return false;
  }
  return true;
}
