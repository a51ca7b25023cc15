// SPDX-License-Identifier: AGPL-3.0-only
// What a page does with the library, called by tests in a browser and in Node.js. Files come from the page's server and
// go there (PUT); `server` is its address.
import * as evidence from "./evidence.js";

const { Identity, Recipient } = evidence;

export function newKey(kind) {
  return Identity.generate(kind).text;
}

export function describe(identity) {
  const key = Identity.parse(identity);
  const { recipient } = key;
  return {
    kind: key.kind,
    secret: key.secret,
    again: Identity.fromSecret(key.kind, key.secret).text,
    recipient: recipient.text,
    digest: recipient.digest,
    public_key: recipient.publicKey,
    announced: key.kind === evidence.KeyKind.X25519 ? Recipient.x25519(recipient.publicKey).text : null,
  };
}

// Which texts are recipients.
export function recipients(texts) {
  return texts.map((text) => taken("key-text", () => Recipient.parse(text).text === text));
}

// Which texts are manifests.
export function readable(texts) {
  return texts.map((text) => taken("manifest", () => Boolean(evidence.Manifest.parse(new TextEncoder().encode(text)))));
}

function taken(refusal, read) {
  try {
    return read();
  } catch (error) {
    if (error.code !== refusal) throw error;
    return false;
  }
}

export function padded(lengths) {
  return lengths.map(evidence.padded);
}

export async function seal({ server, key, names, out }) {
  const files = await Promise.all(names.map(async (name, index) => new File([await got(server, `in-${index}`)], name)));
  const sealed = await evidence.seal(files, Identity.parse(key));
  await put(server, out, sealed.document);
  return { digest: sealed.digest, size: sealed.size, content_size: sealed.contentSize, files: sealed.files };
}

export async function open({ server, key, document, digest }) {
  const files = await evidence.openDocument(await got(server, document), Identity.parse(key), { digest });
  return await Promise.all(files.map(async (file) => [file.name, file.size, await evidence.hashOf(file)]));
}

export async function wrap({ server, key, reader, out }) {
  const grant = await evidence.wrap(Identity.parse(key), Recipient.parse(reader));
  await put(server, out, new Blob([grant]));
  return evidence.sha256(grant);
}

export async function unwrap({ server, grant, reader }) {
  const bytes = new Uint8Array(await (await got(server, grant)).arrayBuffer());
  return (await evidence.unwrap(bytes, Identity.parse(reader))).text;
}

export async function manifest({ server, name, out }) {
  const read = evidence.Manifest.parse(new Uint8Array(await (await got(server, name)).arrayBuffer()));
  const made = new evidence.Manifest(read.access);
  await put(server, out, new Blob([made.toBytes()]));
  return made.digest;
}

// Why a document does not open.
export async function refusal(given) {
  try {
    await open(given);
  } catch (error) {
    return `${error.name} ${error.code}`;
  }
  return "none";
}

// One MiB over and over, so that the file itself takes no room in the page.
export function large({ mebibytes }) {
  const block = new Blob([Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 2654435761) >>> 24)]);
  const key = Identity.generate(evidence.KeyKind.X25519);
  const state = { document: null };
  return {
    async seal() {
      state.document = await evidence.seal([new File(Array(mebibytes).fill(block), "scan.bin")], key);
      return [state.document.size, state.document.contentSize];
    },
    async open() {
      const { document, digest } = state.document;
      const [file] = await evidence.openDocument(document, key, { digest });
      const last = new Uint8Array(await file.slice(-(1 << 20)).arrayBuffer());
      const first = new Uint8Array(await block.arrayBuffer());
      return [file.name, file.size, last.every((byte, index) => byte === first[index])];
    },
  };
}

async function got(server, name) {
  const response = await fetch(`${server}/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return await response.blob();
}

async function put(server, name, body) {
  const response = await fetch(`${server}/${name}`, { method: "PUT", body });
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
}
