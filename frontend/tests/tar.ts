// SPDX-License-Identifier: AGPL-3.0-only
// Archives as others would write them, kind or hostile.

export interface Entry {
  readonly name: string | Uint8Array;
  readonly type?: string;
  readonly content?: Uint8Array | string;
  /** Written in the header instead of the content's length. */
  readonly size?: number;
  readonly link?: string;
  readonly prefix?: string;
  readonly checksum?: number;
}

const BLOCK = 512;

/** An archive of these entries with the two blocks of zeros at its end. */
export function tar(...entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  return joined(...entries.map(one), new Uint8Array(2 * BLOCK));
}

/** A pax header with these records, to stand before the entry that it is about. */
export function pax(records: Record<string, string>): Entry {
  const text = Object.entries(records).map(([key, told]) => {
    const rest = ` ${key}=${told}\n`;
    const length = new TextEncoder().encode(rest).length;
    const digits = String(length + String(length + 2).length);
    return digits + rest;
  });
  return { name: "././@PaxHeader", type: "x", content: text.join("") };
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function one(entry: Entry): Uint8Array {
  const content = bytes(entry.content ?? "");
  const header = new Uint8Array(BLOCK);
  const put = (offset: number, text: string | Uint8Array): void => header.set(bytes(text), offset);
  put(0, entry.name);
  put(100, "0000600\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${(entry.size ?? content.length).toString(8).padStart(11, "0")}\0`);
  put(136, "00000000001\0");
  put(148, "        ");
  put(156, entry.type ?? "0");
  put(157, entry.link ?? "");
  put(257, "ustar\x0000");
  put(345, entry.prefix ?? "");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${(entry.checksum ?? sum).toString(8).padStart(6, "0")}\0`);
  return joined(header, content, new Uint8Array(-content.length & (BLOCK - 1)));
}

function bytes(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}
