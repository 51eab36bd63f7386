import { inspectCheckpoint } from '@certispike/sdk';
import { type DataConfig, type Framing, framingOf } from './config/data.js';
import type { Reading } from './config/reading.js';

/** How the recordings were read and cut that a model was trained on. */
export interface TrainedReading {
  readonly framing?: Framing | undefined;
  readonly reading?: Reading | undefined;
}

/**
 * How the recordings of a model's training were read, by the notes that `train` leaves with it; nothing where there are
 * none, or the model is another framework's.
 */
export async function trainedReading(model: string): Promise<TrainedReading> {
  const metadata = await inspectCheckpoint(model).catch(() => undefined);
  const recipe = metadata?.notes?.['recipe'] as Partial<DataConfig> | undefined;
  return recipe === undefined ? {} : { framing: framingOf(recipe), reading: recipe.reading };
}
