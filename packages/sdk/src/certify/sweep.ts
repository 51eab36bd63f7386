import type { RunConfig } from '../config/certification.js';
import { checkSource, checkSourceBatch } from '../data/batch.js';
import { cut, first } from '../data/cut.js';
import type { Batch, Source } from '../data/source.js';
import type { CoreModel } from '../engine/core-model.js';
import type { PoolEngine } from '../engine/pool-engine.js';
import { CertispikeError, throwIfAborted } from '../error.js';
import type { ExamplesJob, Outcome } from '../worker/protocol.js';

/** Examples and what the core found of them. */
export interface Part<J extends ExamplesJob> {
  readonly examples: Batch;
  readonly outcome: Outcome<J>;
}

/** Fewer examples than this are not worth a message of their own. */
const fewest = 8;

/**
 * Runs a job over the examples of a source on all workers. The parts come in the order of the source and do not depend on
 * how it was cut.
 */
export async function sweep<J extends ExamplesJob>(
  engine: PoolEngine,
  model: CoreModel,
  source: Source,
  { steps, limit, batchSize, signal, onProgress }: RunConfig,
  job: (examples: Batch) => J,
): Promise<readonly Part<J>[]> {
  checkSource('source', source, model.network, steps);
  const total = Math.min(limit, source.length);
  const parts: Promise<Part<J>>[] = [];
  let [read, done] = [0, 0];

  const start = async (examples: Batch): Promise<Part<J>> => {
    // Every attempt gets memory of its own, which moves to the worker.
    const task = { model, job: () => job(cut(examples, 0, examples.samples.length)) };
    const outcome = await engine.pool.run(task, signal);
    done += examples.samples.length;
    onProgress?.({ done, total });
    return { examples, outcome };
  };

  for await (const batch of source.batches({ size: batchSize })) {
    throwIfAborted(signal);
    checkSourceBatch(source, batch, model.network);
    const wanted = first(batch, total - read);
    const count = wanted.samples.length;
    const pieces = Math.min(engine.workers, Math.ceil(count / fewest));
    for (let piece = 0; piece < pieces; piece += 1) {
      const bounds = [piece, piece + 1].map((edge) => Math.floor((edge * count) / pieces)) as [number, number];
      const part = start(cut(wanted, ...bounds));
      // It is awaited below; until then a failure must not count as unhandled.
      part.catch(() => undefined);
      parts.push(part);
    }
    read += count;
    // Two batches under way keep the workers busy while the next is read.
    await parts[parts.length - 1 - 2 * engine.workers];
    if (read >= total) break;
  }
  if (read < total) {
    throw CertispikeError.expected('invalid-shape', `${source.name}.length`, `${total} examples`, read);
  }
  return Promise.all(parts);
}

/** The arrays of all parts, one after the other. */
export function joined<A extends Float32Array | Uint32Array | Uint8Array>(arrays: readonly A[]): A {
  const Kind = (arrays[0] as A).constructor as new (length: number) => A;
  const all = new Kind(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
