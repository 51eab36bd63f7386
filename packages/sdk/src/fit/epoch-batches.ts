import { checkSourceBatch } from '../data/batch.js';
import { first } from '../data/cut.js';
import type { Batch } from '../data/source.js';
import { CertispikeError } from '../error.js';
import type { Plan } from './plan.js';

/**
 * The batches of an epoch, from batch `skip` on. The next one is read and checked while the one before is in use.
 * @param epoch from 0
 * @throws CertispikeError `invalid-shape` when the source does not give what it promised, `invalid-value`,
 *   `invalid-label`
 */
export async function* epochBatches(plan: Plan, epoch: number, skip: number): AsyncGenerator<Batch> {
  const { train, config, model, examples, stepsPerEpoch } = plan;
  const size = config.batchSize;
  const shuffle = { seed: config.seed, epoch };
  const iterator: AsyncIterator<Batch, unknown> = train.batches({ size, shuffle, skip })[Symbol.asyncIterator]();
  const read = async (index: number): Promise<Batch> => {
    const result = await iterator.next();
    const expected = Math.min(size, examples - index * size);
    const batch = result.done === true ? undefined : first(result.value, expected);
    if (batch?.samples.length !== expected) {
      const field = `${train.name}: batch ${index} of epoch ${epoch}`;
      throw CertispikeError.expected('invalid-shape', field, `${expected} examples`, batch?.samples.length ?? 0);
    }
    checkSourceBatch(train, batch, model.network);
    return batch;
  };
  const ahead = (index: number) => {
    const batch = read(index);
    // It is awaited in the next turn; until then a failure must not count as unhandled.
    batch.catch(() => undefined);
    return batch;
  };
  try {
    let next = ahead(skip);
    for (let index = skip; index < stepsPerEpoch; index += 1) {
      const batch = await next;
      if (index + 1 < stepsPerEpoch) next = ahead(index + 1);
      yield batch;
    }
  } finally {
    await iterator.return?.();
  }
}
