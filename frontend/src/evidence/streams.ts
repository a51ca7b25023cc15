// SPDX-License-Identifier: AGPL-3.0-only
import type { Bytes } from "./bytes.js";

/** How much is gathered in memory before it becomes part of a Blob, which the browser keeps outside the page's heap. */
const GATHERED = 4 << 20;

/** The chunks of a stream one by one; leaving the loop early cancels the stream. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Bytes, void, undefined> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        ended = true;
        return;
      }
      yield value as Bytes;
    }
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    if (!ended) await reader.cancel();
    reader.releaseLock();
  }
}

/** A stream of chunks as they are asked for; cancelling it ends the generator. */
export function streamOf(chunks: AsyncGenerator<Bytes, void, undefined>): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>(
    {
      async pull(controller): Promise<void> {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(): Promise<void> {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Gathers chunks into a Blob without holding more than a few MiB of them in the page's memory. */
export class Gatherer {
  readonly #parts: Blob[] = [];
  #waiting: Bytes[] = [];
  #held = 0;
  #size = 0;

  /** Bytes taken so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next chunk, which must not be changed afterwards. */
  add(chunk: Bytes): void {
    this.#waiting.push(chunk);
    this.#held += chunk.length;
    this.#size += chunk.length;
    if (this.#held >= GATHERED) this.#flush();
  }

  /** Everything taken, as parts for one `Blob` or `File`. */
  finish(): readonly Blob[] {
    this.#flush();
    return this.#parts;
  }

  #flush(): void {
    if (this.#held > 0) this.#parts.push(new Blob(this.#waiting));
    this.#waiting = [];
    this.#held = 0;
  }
}
