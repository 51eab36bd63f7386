import type { ExampleSource } from '@certispike/datasets';
import type { TrainConfig } from './config/train.js';

/** The examples to train on, changed anew in every epoch as the recipe asks. */
export async function augmented(
  source: ExampleSource,
  { shifts, mirrors }: Pick<TrainConfig, 'shifts' | 'mirrors'>,
): Promise<ExampleSource> {
  const sets = await import('@certispike/datasets');
  const moved = shifts === undefined || shifts === 0 ? source : source.augmented(sets.shifts(shifts));
  return mirrors === true ? moved.augmented(sets.mirrors()) : moved;
}
