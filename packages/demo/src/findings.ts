import {
  certify,
  type Engine,
  evaluate,
  inputSpikes,
  type Model,
  openStates,
  trace,
  type TraceResult,
} from '@certispike/sdk';
import type { Scale } from './region.js';
import { sourceOf, type Subject } from './subject.js';

/** Everything the page shows of one subject, one model and one size of the region. */
export interface Findings {
  readonly prediction: number;
  readonly scores: Float32Array;
  /** Lower bounds of the margin over every rival, rivals in ascending order without the prediction. */
  readonly sIbp: Float32Array;
  readonly sCrown: Float32Array;
  readonly certified: boolean;
  /** The largest size on the slider's grid that is certified; -1 for none, not even 0. */
  readonly largest: number;
  readonly trace: TraceResult;
  /** `[steps, size]`; empty where the input is no spikes. */
  readonly input: Uint8Array;
  /** Per layer `[steps, neurons]`: 0 surely silent, 1 surely fires, 2 undecided. */
  readonly states: readonly Uint8Array[];
  readonly milliseconds: number;
}

/** Predicts, certifies and looks inside. A tie is no prediction: nothing is certified then. */
export async function find(
  engine: Engine,
  model: Model,
  subject: Subject,
  scale: Scale,
  size: number,
): Promise<Findings> {
  const start = performance.now();
  const { predictions } = await evaluate(engine, model, sourceOf(subject, model, 0));
  const prediction = predictions[0] ?? 0;
  const source = sourceOf(subject, model, prediction);
  const proved = async (at: number) => {
    const { perExample } = await certify(engine, model, source, { region: scale.region(at) });
    return perExample.certified[0] === 1;
  };
  const { perExample } = await certify(engine, model, source, { region: scale.region(size) });
  const milliseconds = performance.now() - start;
  const traced = await trace(engine, model, source);
  const open = await openStates(engine, model, source, { region: scale.region(size) });
  const hasSpikes = model.network.input.encoding !== 'direct';
  return {
    prediction,
    scores: perExample.scores,
    sIbp: perExample.sIbp,
    sCrown: perExample.sCrown,
    certified: perExample.certified[0] === 1,
    largest: await largestProved(proved, scale),
    trace: traced,
    input: hasSpikes ? (await inputSpikes(engine, model, source)).spikes : new Uint8Array(),
    states: open.layers.map(({ states }) => states),
    milliseconds,
  };
}

/**
 * By bisection on the grid of the slider. Bounds get looser as the region grows, so what is certified at a size is so at
 * every smaller one.
 */
async function largestProved(proved: (size: number) => Promise<boolean>, { max, step }: Scale): Promise<number> {
  if (!(await proved(0))) return -1;
  let [low, high] = [0, Math.round(max / step)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await proved(middle * step)) low = middle;
    else high = middle - 1;
  }
  return low * step;
}
