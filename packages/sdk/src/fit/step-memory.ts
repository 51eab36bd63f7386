import { cut } from '../data/cut.js';
import type { Batch } from '../data/source.js';
import { sharedFloats, sharedMemory } from '../platform/shared.js';
import type { Examples } from '../worker/protocol.js';

/**
 * Memory through which a step's data goes to the workers and its gradients come back. It is shared where threads can
 * share it, and used again in every step: new memory of this size costs more than what is done with it.
 */
export class StepMemory {
  readonly #length: number;
  readonly #targets: (Float32Array | undefined)[] = [];
  #batch: Batch | undefined;

  /** @param length numbers of a gradient */
  constructor(length: number) {
    this.#length = length;
  }

  /** Memory for the gradient of a part of the batch; undefined where there is none to share. */
  target(part: number): Float32Array | undefined {
    return (this.#targets[part] ??= sharedFloats(this.#length));
  }

  /** Leaves a part's memory to a worker that may still write to it. */
  abandon(part: number): void {
    this.#targets[part] = undefined;
  }

  /** Examples of a batch for a worker, the batch of the step before being done with. */
  examples(batch: Batch): (from: number, to: number) => Examples {
    if (this.#batch?.images.length !== batch.images.length) this.#batch = sharedBatch(batch);
    const shared = this.#batch;
    if (shared === undefined) return (from, to) => cut(batch, from, to);
    for (const field of ['samples', 'images', 'labels'] as const) shared[field].set(batch[field]);
    const size = batch.images.length / batch.samples.length;
    return (from, to) => ({
      samples: shared.samples.subarray(from, to),
      images: shared.images.subarray(from * size, to * size),
      labels: shared.labels.subarray(from, to),
    });
  }
}

/** Shared memory for a batch like this one. */
function sharedBatch({ samples, images, labels }: Batch): Batch | undefined {
  const memory = sharedMemory(images.byteLength + samples.byteLength + labels.byteLength);
  if (memory === undefined) return undefined;
  return {
    images: new Float32Array(memory, 0, images.length),
    samples: new Uint32Array(memory, images.byteLength, samples.length),
    labels: new Uint8Array(memory, images.byteLength + samples.byteLength, labels.length),
  };
}
