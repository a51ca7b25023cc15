// SPDX-License-Identifier: AGPL-3.0-only
/**
 * Sealing, granting and opening evidence in the browser (docs/spec/evidence.md, R-120 to R-123).
 *
 * Everything happens on the visitor's own machine, and nothing here speaks to a network. The same files are sealed and
 * opened by `tongxin.evidence` in Python and by the plain tools `age` and `tar`. Needs a secure context (https, or
 * localhost) and no DOM: it runs in a page, in a worker and in Node.js. Not audited by a third party.
 *
 * @packageDocumentation
 */
export { LIMITS, type Limits } from "./archive.js";
export { type Bytes, type Hash, hashOf, sha256 } from "./bytes.js";
export { openDocument, type Opening, type Progress, seal, type Sealed } from "./documents.js";
export { EvidenceError, type EvidenceErrorCode } from "./errors.js";
export { type Access, Manifest, MOST_GRANT_BYTES, MOST_MANIFEST_BYTES, type SeatGrant, unwrap, wrap } from "./grants.js";
export { Identity, KeyKind, kindFor, Recipient } from "./keys.js";
export { padded } from "./padding.js";
