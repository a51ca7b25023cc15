// SPDX-License-Identifier: AGPL-3.0-only

const MOST_NAME_BYTES = 200;
const MOST_SUFFIX_BYTES = 20;
const INVISIBLE = /\p{Cf}/gu;
const HARMFUL = /[/\\:*?"<>|\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i; // on Windows

/**
 * A file name that is safe on every system: the same text, but for what could do harm or deceive.
 *
 * Control characters and those with a meaning in paths become `_`, invisible formatting (such as a change of the
 * direction of writing) goes, and so do dots at the beginning, dots and spaces at the end. At most 200 bytes.
 */
export function cleanName(name: string): string {
  let text = name.normalize("NFC").replace(INVISIBLE, "").replace(HARMFUL, "_");
  text = text.trim().replace(/^\.+/, "").replace(/[. ]+$/, "");
  text = text.replace(/^[-~]/, "_");
  if (RESERVED.test(text)) text = `_${text}`;
  return shortened(text) || "file";
}

/** Makes names distinct: one that comes again, whether in upper or lower case, is numbered. */
export class Names {
  readonly #seen = new Set<string>();

  /** The name, or the name with the first number that is free. */
  take(name: string): string {
    const [stem, suffix] = split(name);
    let candidate = name;
    for (let number = 2; this.#seen.has(candidate.toLowerCase()); number++) candidate = `${stem} (${number})${suffix}`;
    this.#seen.add(candidate.toLowerCase());
    return candidate;
  }
}

/** What stands before the suffix, and the suffix; an overlong one counts as none. */
function split(name: string): [stem: string, suffix: string] {
  const dot = name.lastIndexOf(".");
  const suffix = dot > 0 && dot < name.length - 1 ? name.slice(dot) : "";
  return utf8Length(suffix) > MOST_SUFFIX_BYTES ? [name, ""] : [name.slice(0, name.length - suffix.length), suffix];
}

function shortened(name: string): string {
  const [stem, suffix] = split(name);
  let room = MOST_NAME_BYTES - utf8Length(suffix);
  let kept = "";
  for (const character of stem) {
    room -= utf8Length(character);
    if (room < 0) break;
    kept += character;
  }
  return kept + suffix;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
