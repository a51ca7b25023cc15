// SPDX-License-Identifier: AGPL-3.0-only
/*
 * What is inside a document: a tar archive of plain files, padded with zeros.
 *
 * Written so that it says nothing but names and contents. Read with distrust: whoever filed a claim made it, and
 * somebody else opens it. Only regular files are taken, under a clean name of our own making, within limits.
 */
import type { Bytes } from "./bytes.js";
import { EvidenceError } from "./errors.js";
import { cleanName, Names } from "./names.js";
import { padded } from "./padding.js";
import { chunksOf, Gatherer } from "./streams.js";

const BLOCK = 512;
const ZEROS = 262_144;
const MODE = 0o600;
const TIME = 1; // tar warns of files from time 0
const NAME_BYTES = 100;
const MOST_OCTAL_SIZE = 8 ** 11;
const MOST_EXTENDED_BYTES = 65_536;
const MOST_SIZE_DIGITS = 18;
const USTAR = "ustar\u000000";
const ASCII = /^[\u0000-\u007f]*$/;
const DRIVE = /^[A-Za-z]:/;

/** How much an archive may hold before it is refused. */
export interface Limits {
  /** Number of files. */
  readonly files: number;
  /** Bytes of all of them. */
  readonly size: number;
}

/** The limits where none are given: 1,000 files, 1 TiB. */
export const LIMITS: Limits = { files: 1000, size: 2 ** 40 };

/** An archive to be made while it is read, never whole in memory. */
export class Pack {
  /** The members' names as they stand in it. */
  readonly names: readonly string[];
  /** Its length in bytes, padding included. */
  readonly size: number;
  readonly #files: readonly File[];
  readonly #headers: readonly Bytes[];

  /** @param files - What goes into it; names are cleaned, equal ones numbered. */
  constructor(files: readonly File[]) {
    const names = new Names();
    this.names = files.map((file) => names.take(cleanName(file.name)));
    this.#files = files;
    this.#headers = files.map((file, index) => headerOf(this.names[index]!, file.size));
    const length = files.reduce((sum, file, index) => sum + this.#headers[index]!.length + wholeBlocks(file.size), 0);
    this.size = padded(length + 2 * BLOCK);
  }

  /**
   * Its bytes.
   *
   * @throws {@link EvidenceError} `seal`: a file can't be read, or its length changed.
   */
  async *chunks(): AsyncGenerator<Bytes, void, undefined> {
    let made = 0;
    for (const [index, file] of this.#files.entries()) {
      const header = this.#headers[index]!;
      yield header;
      yield* contentsOf(file);
      yield new Uint8Array(wholeBlocks(file.size) - file.size);
      made += header.length + wholeBlocks(file.size);
    }
    for (; made < this.size; made += ZEROS) yield new Uint8Array(Math.min(ZEROS, this.size - made));
  }
}

async function* contentsOf(file: File): AsyncGenerator<Bytes, void, undefined> {
  let given = 0;
  try {
    for await (const chunk of chunksOf(file.stream())) {
      given += chunk.length;
      if (given > file.size) break;
      yield chunk;
    }
  } catch (error) {
    throw new EvidenceError("seal", "a file can't be read any more; choose it again", { cause: error });
  }
  if (given !== file.size) {
    throw new EvidenceError("seal", "a file changed while it was sealed; seal it again when it is at rest");
  }
}

function headerOf(name: string, size: number): Bytes {
  const records: string[] = [];
  if (!ASCII.test(name) || name.length > NAME_BYTES) records.push(record("path", name));
  if (size >= MOST_OCTAL_SIZE) records.push(record("size", String(size)));
  const plainName = Array.from(name, (character) => (ASCII.test(character) ? character : "?")).join("");
  const header = ustar(plainName.slice(0, NAME_BYTES), "0", MODE, size < MOST_OCTAL_SIZE ? size : 0, TIME);
  if (records.length === 0) return header;
  const extended = new TextEncoder().encode(records.join(""));
  const bytes = new Uint8Array(2 * BLOCK + wholeBlocks(extended.length));
  bytes.set(ustar("././@PaxHeader", "x", 0, extended.length, 0));
  bytes.set(extended, BLOCK);
  bytes.set(header, bytes.length - BLOCK);
  return bytes;
}

/** One record of an extended header (POSIX pax): length, space, key, =, text, line feed. */
function record(key: string, text: string): string {
  const rest = new TextEncoder().encode(` ${key}=${text}\n`).length;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${text}\n`;
}

function ustar(name: string, type: string, mode: number, size: number, time: number): Bytes {
  const header = new Uint8Array(BLOCK);
  const put = (offset: number, text: string): void => header.set(new TextEncoder().encode(text), offset);
  const octal = (count: number, digits: number): string => `${count.toString(8).padStart(digits, "0")}\u0000`;
  put(0, name);
  put(100, octal(mode, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(time, 11));
  put(148, " ".repeat(8));
  put(156, type);
  put(257, USTAR);
  put(148, octal(sumOf(header), 6));
  return header;
}

const enum Part {
  HEADER,
  EXTENDED,
  CONTENTS,
  FILL,
  END,
}

/** Takes an archive chunk by chunk, as it is decrypted. */
export class Unpacker {
  readonly #limits: Limits;
  readonly #names = new Names();
  readonly #files: { name: string; contents: Gatherer }[] = [];
  #total = 0;
  #part: Part = Part.HEADER;
  #gathered = new Uint8Array(BLOCK);
  #wanted = BLOCK;
  #fill = 0;
  #extendedType = "";
  #longName: string | undefined;
  #longSize: number | undefined;

  /** @param limits - How much the archive may hold. */
  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Takes what comes next.
   *
   * @throws {@link EvidenceError} `archive`: it is no archive of plain files, or goes beyond the limits.
   */
  write(chunk: Bytes): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#part === Part.END) {
        if (rest.some((byte) => byte !== 0)) throw refused("this document holds something behind the end of its archive");
        return;
      }
      const taken = rest.subarray(0, this.#wanted);
      rest = rest.subarray(taken.length);
      if (this.#part === Part.CONTENTS) this.#files.at(-1)!.contents.add(taken);
      else if (this.#part !== Part.FILL) this.#gathered.set(taken, this.#gathered.length - this.#wanted);
      this.#wanted -= taken.length;
      if (this.#wanted === 0) this.#next();
    }
  }

  /**
   * The files, when all was written.
   *
   * @throws {@link EvidenceError} `archive`: the archive ended too early.
   */
  finish(): File[] {
    if (this.#part !== Part.END) throw refused("what was sealed is no whole tar archive");
    return this.#files.map(({ name, contents }) => new File([...contents.finish()], name, { lastModified: 0 }));
  }

  /** What comes after the part that is complete now. */
  #next(): void {
    if (this.#part === Part.HEADER) {
      this.#begin(this.#gathered);
    } else if (this.#part === Part.FILL) {
      this.#expectHeader();
    } else {
      if (this.#part === Part.EXTENDED) this.#extend(this.#gathered);
      this.#part = Part.FILL;
      this.#wanted = this.#fill;
      if (this.#fill === 0) this.#expectHeader();
    }
  }

  #expectHeader(): void {
    this.#part = Part.HEADER;
    this.#gathered = new Uint8Array(BLOCK);
    this.#wanted = BLOCK;
  }

  #begin(header: Bytes): void {
    if (header.every((byte) => byte === 0)) {
      if (this.#longName !== undefined || this.#longSize !== undefined) {
        throw refused("what was sealed is no whole tar archive");
      }
      this.#part = Part.END;
      return;
    }
    checkSum(header);
    const type = String.fromCharCode(header[156]!);
    const size = numberIn(header.subarray(124, 136));
    if (type === "x" || type === "L") {
      if (size === 0 || size > MOST_EXTENDED_BYTES) throw refused("this document's archive holds a name that is too long");
      this.#extendedType = type;
      this.#part = Part.EXTENDED;
      this.#gathered = new Uint8Array(size);
      this.#expect(size);
      return;
    }
    const name = this.#longName ?? nameIn(header);
    if (type !== "0" && (type !== "\u0000" || name.endsWith("/"))) {
      throw refused("this document's archive holds something other than plain files (a folder, link or device)");
    }
    this.#beginFile(name, this.#longSize ?? size);
  }

  #beginFile(name: string, size: number): void {
    this.#longName = this.#longSize = undefined;
    this.#total += size;
    if (this.#total > this.#limits.size) {
      throw refused(`this document holds more than the ${this.#limits.size} bytes that are allowed here`);
    }
    if (this.#files.length >= this.#limits.files) {
      throw refused(`this document holds more than the ${this.#limits.files} files that are allowed here`);
    }
    refuseEscape(name);
    this.#files.push({ name: this.#names.take(cleanName(name)), contents: new Gatherer() });
    this.#part = Part.CONTENTS;
    this.#expect(size);
    if (size === 0) this.#next();
  }

  #expect(size: number): void {
    this.#wanted = size;
    this.#fill = wholeBlocks(size) - size;
  }

  #extend(text: Bytes): void {
    if (this.#extendedType === "L") {
      this.#longName = utf8(text).replace(/\u0000+$/, "");
      return;
    }
    for (const [key, told] of recordsIn(text)) {
      if (key === "path") this.#longName = utf8(told);
      else if (key === "size") this.#longSize = sizeIn(told);
      else if (key.startsWith("GNU.sparse")) {
        throw refused("this document's archive holds a sparse file, which is not opened here");
      }
    }
  }
}

function refused(message: string, cause?: unknown): EvidenceError {
  return new EvidenceError("archive", message, { cause });
}

function refuseEscape(name: string): void {
  const parts = name.split(/[\\/]/);
  if (parts.includes("..") || parts[0] === "" || DRIVE.test(name)) {
    throw refused("this document's archive holds a name that points outside of it");
  }
}

function* recordsIn(text: Bytes): Generator<[key: string, told: Bytes]> {
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(0x20, at);
    const digits = latin1(text.subarray(at, space < 0 ? at : space));
    const end = at + Number(digits);
    const equals = text.indexOf(0x3d, space);
    if (!/^[1-9][0-9]{0,5}$/.test(digits) || end > text.length || text[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw refused("what was sealed is no tar archive");
    }
    yield [utf8(text.subarray(space + 1, equals)), text.subarray(equals + 1, end - 1)];
    at = end;
  }
}

function nameIn(header: Bytes): string {
  const name = terminated(header.subarray(0, NAME_BYTES));
  const prefix = latin1(header.subarray(257, 265)) === USTAR ? terminated(header.subarray(345, 500)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function terminated(field: Bytes): string {
  const end = field.indexOf(0);
  return utf8(end < 0 ? field : field.subarray(0, end));
}

/** A number of a header: octal digits, or big-endian behind a first byte of 0x80 (GNU). */
function numberIn(field: Bytes): number {
  if (field[0] === 0x80) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  const digits = terminated(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw refused("what was sealed is no tar archive");
  return Number.parseInt(digits || "0", 8);
}

function sizeIn(told: Bytes): number {
  const digits = latin1(told);
  if (!/^[0-9]+$/.test(digits) || digits.length > MOST_SIZE_DIGITS) throw refused("what was sealed is no tar archive");
  return Number(digits);
}

function checkSum(header: Bytes): void {
  const blank = Uint8Array.from(header).fill(0x20, 148, 156);
  if (numberIn(header.subarray(148, 156)) !== sumOf(blank)) throw refused("what was sealed is no tar archive");
}

function sumOf(header: Bytes): number {
  return header.reduce((sum, byte) => sum + byte, 0);
}

function utf8(bytes: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw refused("this document's archive holds a name that is not UTF-8", error);
  }
}

function latin1(bytes: Bytes): string {
  return String.fromCharCode(...bytes);
}

function wholeBlocks(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}
