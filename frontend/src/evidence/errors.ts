// SPDX-License-Identifier: AGPL-3.0-only

/**
 * What went wrong, for programs:
 *
 * | code | meaning |
 * |---|---|
 * | `key-text` | a text or bytes that are no age key of a kind in use here |
 * | `seal` | a document could not be sealed |
 * | `digest` | what a store gave is not what was asked for: another store may have it |
 * | `wrong-key` | the file is sealed to other keys than the one at hand |
 * | `damaged` | the file is cut off, changed, or no age file at all |
 * | `archive` | what was sealed is no archive of plain files, or one that could do harm |
 * | `manifest` | a manifest that can't be used |
 */
export type EvidenceErrorCode = "key-text" | "seal" | "digest" | "wrong-key" | "damaged" | "archive" | "manifest";

/**
 * Anything that goes wrong with sealed evidence.
 *
 * No message holds content, a name from inside a document or a secret key: messages get logged (I-16).
 */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";

  /**
   * @param code - What went wrong, for programs.
   * @param message - What happened and what to do, for people.
   * @param options - The error that caused this one.
   */
  constructor(
    readonly code: EvidenceErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
