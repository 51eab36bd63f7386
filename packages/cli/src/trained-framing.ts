import { inspectCheckpoint } from '@certispike/sdk';
import { type DataConfig, type Framing, framingOf } from './config/data.js';

/**
 * How the recordings were cut that a model was trained on, by the notes that `train` leaves with it; undefined where there
 * are none, or the model is another framework's.
 */
export async function trainedFraming(model: string): Promise<Framing | undefined> {
  const metadata = await inspectCheckpoint(model).catch(() => undefined);
  const recipe = metadata?.notes?.['recipe'] as Partial<DataConfig> | undefined;
  return recipe === undefined ? undefined : framingOf(recipe);
}
