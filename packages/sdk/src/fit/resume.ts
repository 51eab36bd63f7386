import { firstDifference } from '../config/difference.js';
import { type AverageState, Checkpoint } from '../checkpoint/checkpoint.js';
import type { Metadata, TrainingRecord } from '../checkpoint/metadata.js';
import type { Optimiser } from '../core/bindings.js';
import { CertispikeError, shown } from '../error.js';
import type { Lease } from '../engine/core-model.js';
import { type Plan, sourceRecord } from './plan.js';

/** What a checkpoint gave back. */
export interface Restored {
  readonly state: TrainingRecord['state'];
  /** Packed weights of the best validation; undefined when there is none. */
  readonly kept: Float32Array | undefined;
  readonly average: AverageState | undefined;
}

/**
 * Puts model and optimiser back to where a checkpoint has them.
 * @throws CertispikeError `resume-mismatch`, `invalid-checkpoint`
 */
export function restore(bytes: Uint8Array, plan: Plan, lease: Lease, optimiser: Optimiser): Restored {
  const name = plan.store?.name ?? 'checkpoint';
  const checkpoint = new Checkpoint(name, bytes);
  const { network, training } = checkpoint.metadata;
  if (training === undefined) {
    throw new CertispikeError('invalid-checkpoint', `${name}: expected the state of a training, got a model alone`);
  }
  refuseDifferent(name, { network, training }, plan);
  const [kept, average] = [checkpoint.keptWeights(), checkpoint.average()];
  const weights = checkpoint.weights();
  checkpoint.restore(optimiser);
  lease.change((model) => model.setSlab(weights));
  return { state: training.state, kept, average };
}

function refuseDifferent(name: string, recorded: Required<Pick<Metadata, 'network' | 'training'>>, plan: Plan): void {
  const { config, train, validation } = recorded.training;
  const [before, now] = [
    { network: recorded.network, options: config, train, validation },
    {
      network: plan.model.network,
      options: plan.config,
      train: sourceRecord(plan.train),
      validation: plan.validation === undefined ? null : sourceRecord(plan.validation),
    },
  ];
  for (const part of ['network', 'options', 'train', 'validation'] as const) {
    const difference = firstDifference(part, before[part], now[part]);
    if (difference === undefined) continue;
    const { field, left, right } = difference;
    const message = `resume: ${field}: expected ${shown(left)} as in ${name}, got ${shown(right)}`;
    throw new CertispikeError('resume-mismatch', message);
  }
}
