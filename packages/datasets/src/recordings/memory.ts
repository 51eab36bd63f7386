import { DatasetError, integerOption } from '../error.js';
import type { Recording } from '../events/recording.js';
import type { Examples } from '../parsers/examples.js';
import { ExampleSource } from '../pipelines/source.js';
import { DEFAULT_FRAMING, type Framing, spikeFrames } from './framing.js';

/** Recordings of your own. */
export interface SpikeSourceOptions {
  /** For messages. Default `recordings`. */
  readonly name?: string | undefined;
  readonly recordings: Iterable<Recording>;
  /** Class per recording, from 0. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** Default: ten bins of equal time. */
  readonly framing?: Framing | undefined;
}

/**
 * A source of recordings in memory: one bit per position is kept of them.
 * @throws DatasetError `count-mismatch`, `label-range`, `sensor-mismatch`, `option-invalid`, and as `frames`
 * @example
 * ```ts
 * import { spikeSource } from '@certispike/datasets';
 *
 *
 * const source = spikeSource({ recordings: [recording], labels: [3], classes: 10, framing: { bins: 10 } });
 * console.log(source.length, source.steps); // 1 10
 * ```
 */
export function spikeSource(options: SpikeSourceOptions): ExampleSource {
  const { name = 'recordings', recordings, labels, framing = DEFAULT_FRAMING } = options;
  const classes = integerOption('classes', options.classes, 2, 256);
  const framed = Array.from(recordings, (recording) => spikeFrames(recording, framing));
  const [first] = framed;
  if (first === undefined || framed.length !== labels.length) {
    throw new DatasetError('count-mismatch', {
      field: 'labels',
      expected: first === undefined ? 'at least one recording' : `${framed.length}, one per recording`,
      received: `${labels.length}`,
    });
  }
  const images = new Uint8Array(framed.length * first.bits.length);
  framed.forEach(({ shape, steps, bits }, index) => {
    if (shape.join() !== first.shape.join() || steps !== first.steps) {
      throw new DatasetError('sensor-mismatch', {
        field: `recordings[${index}]`,
        expected: `${first.steps} frames of ${first.shape.join(' x ')}`,
        received: `${steps} of ${shape.join(' x ')}`,
      });
    }
    integerOption(`labels[${index}]`, labels[index], 0, classes - 1);
    images.set(bits, index * bits.length);
  });
  const examples: Examples = {
    images,
    labels: Uint8Array.from(labels),
    shape: first.shape,
    steps: first.steps,
    classes,
    count: framed.length,
  };
  return new ExampleSource(
    name,
    examples,
    Uint32Array.from(framed, (_, index) => index),
  );
}
