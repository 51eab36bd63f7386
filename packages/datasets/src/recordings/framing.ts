import { DatasetError, show } from '../error.js';
import { type FrameOptions, frames } from '../events/frames.js';
import type { Recording } from '../events/recording.js';
import { packBits } from '../parsers/bits.js';

/**
 * How recordings become frames of spikes, 0 or 1 (see `frames`). With `width` or `count` recordings differ in their number
 * of frames, so `frames` says how many to take.
 */
export type Framing = Omit<FrameOptions, 'mode'>;

/** Ten bins of equal time. */
export const DEFAULT_FRAMING: Framing = { bins: 10 };

/** Spikes of one recording, as bits. */
export interface SpikeFrames {
  readonly steps: number;
  readonly shape: readonly [number, number, number];
  readonly bits: Uint8Array;
}

/**
 * Frames that every recording gets, by its framing.
 * @throws DatasetError `option-invalid` when the number would depend on the recording.
 */
export function stepsOf({ bins, eventBins, start = 0, frames: wanted }: Framing): number {
  const steps = wanted ?? (bins ?? eventBins ?? Number.NaN) - start;
  if (Number.isSafeInteger(steps) && steps > 0) return steps;
  throw new DatasetError('option-invalid', {
    field: 'frames',
    expected: 'the number of frames to take, which depends on the recording without bins or eventBins',
    received: show(wanted),
  });
}

/** @throws DatasetError as `frames`; `frames-missing` when there are not as many as the framing asks for. */
export function spikeFrames(recording: Recording, framing: Framing): SpikeFrames {
  const { steps, shape, data } = frames(recording, { ...framing, mode: 'binary' });
  return { steps, shape, bits: packBits(data) };
}
