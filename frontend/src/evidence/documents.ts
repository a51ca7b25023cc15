// SPDX-License-Identifier: AGPL-3.0-only
import { decrypt, encrypt } from "./age.js";
import { type Limits, LIMITS, Pack, Unpacker } from "./archive.js";
import { type Hash, hashOf, Sha256 } from "./bytes.js";
import { EvidenceError } from "./errors.js";
import type { Identity } from "./keys.js";
import { chunksOf, Gatherer, streamOf } from "./streams.js";

/** Told the bytes that are done and those there are. */
export type Progress = (done: number, total: number) => void;

/** A document that was sealed. */
export interface Sealed {
  /** The sealed file. */
  readonly document: Blob;
  /** SHA-256 of it: `evidence` of a claim, its name in every store. */
  readonly digest: Hash;
  /** Its length in bytes. */
  readonly size: number;
  /** Bytes of the files in it, before padding. */
  readonly contentSize: number;
  /** Their names inside. */
  readonly files: readonly string[];
}

/**
 * Seals files into a document, to the recipient of the document key.
 *
 * Files are read in pieces and go sealed into a Blob, which the browser keeps outside the page's memory; none of their
 * plaintext is kept.
 *
 * @param files - What is sealed. Of each, the name and the content; names are cleaned, equal ones numbered.
 * @param key - The document key, drawn for this document alone.
 * @param progress - Told the bytes that were sealed.
 * @throws {@link EvidenceError} `seal`: there is no file, or one can't be read or changed while it was sealed.
 */
export async function seal(files: readonly File[], key: Identity, progress?: Progress): Promise<Sealed> {
  if (files.length === 0) throw new EvidenceError("seal", "there is nothing to seal: choose one file at least");
  const pack = new Pack(files);
  const gatherer = new Gatherer();
  const hash = new Sha256();
  for await (const chunk of chunksOf(await encrypt(streamOf(pack.chunks()), key.recipient))) {
    hash.update(chunk);
    gatherer.add(chunk);
    progress?.(Math.min(gatherer.size, pack.size), pack.size);
  }
  return {
    document: new Blob([...gatherer.finish()]),
    digest: hash.digest(),
    size: gatherer.size,
    contentSize: files.reduce((sum, file) => sum + file.size, 0),
    files: pack.names,
  };
}

/** What {@link openDocument} can be told. */
export interface Opening {
  /** SHA-256 that the sealed file must have. */
  readonly digest?: Hash;
  /** How much the archive may hold. */
  readonly limits?: Limits;
  /** Told the bytes that were read; with a digest the file is read twice. */
  readonly progress?: Progress;
}

/**
 * Opens a document and gives its files, under names that are safe to save; all of them or none.
 *
 * The hash is compared before anything is opened: `digest` is the store's fault, every later error that of who sealed.
 *
 * @param document - The sealed file.
 * @param key - The document key.
 * @throws {@link EvidenceError} `digest`: it is another file than the one that was named; `wrong-key`: it is sealed to
 * another key; `damaged`: it was changed or is cut off; `archive`: what was sealed is no archive of plain files.
 */
export async function openDocument(document: Blob, key: Identity, opening: Opening = {}): Promise<File[]> {
  const { digest, limits = LIMITS, progress } = opening;
  const before = digest === undefined ? 0 : document.size;
  const told = (done: number): void => progress?.(done, before + document.size);
  if (digest !== undefined && (await hashOf(document, told)) !== digest) {
    throw new EvidenceError("digest", "this is another document than the one that was named: its SHA-256 differs");
  }
  const unpacker = new Unpacker(limits);
  let opened = 0;
  for await (const chunk of decrypt(document, key)) {
    unpacker.write(chunk);
    told(before + Math.min((opened += chunk.length), document.size));
  }
  told(before + document.size);
  return unpacker.finish();
}
