import {
  type Batch,
  type BatchOptions,
  type Engine,
  inputSpikes,
  type Model,
  network,
  type Source,
  spikes,
  trace,
  type TraceResult,
} from '@certispike/sdk';
import { type ExhibitRun, packed } from './record.js';

/** An input with its key in the data set, on which the draws of a rate code hang. */
export interface Keyed {
  readonly sample: number;
  readonly label: number;
  /** Pixels, or spikes step by step. */
  readonly values: Float32Array;
}

/** How inputs are shown to a network. */
export interface Showing {
  readonly steps: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a network does on inputs, by their keys. */
export interface Traced {
  readonly runs: ReadonlyMap<number, ExhibitRun>;
  /** Of every layer that has neurons. */
  readonly neurons: readonly number[];
}

/** Runs a network on pixels, or on the spikes it takes, and keeps every spike. */
export async function traced(
  engine: Engine,
  model: Model,
  inputs: readonly Keyed[],
  showing: Showing,
): Promise<Traced> {
  if (inputs.length === 0) return { runs: new Map(), neurons: [] };
  const { encoding } = model.network.input;
  const source = given(inputs, model);
  const all = await trace(engine, model, source, showing);
  const drawn = encoding === 'direct' ? undefined : (await inputSpikes(engine, model, source, showing)).spikes;
  const cut = (values: Float32Array | Uint8Array, index: number) => {
    const own = values.length / inputs.length;
    return values.subarray(index * own, (index + 1) * own);
  };
  const runs = inputs.map(({ sample, values }, index): readonly [number, ExhibitRun] => {
    const scores = [...cut(all.scores, index)];
    const spiking = drawn && cut(drawn, index);
    return [
      sample,
      {
        prediction: scores.indexOf(Math.max(...scores)),
        scores,
        pixels: encoding === 'spikes' ? null : bytes(values),
        spikes: spiking === undefined ? null : packed(spiking),
        layers: all.layers.map((layer) => packed(cut(layer.spikes, index))),
      },
    ];
  });
  return { runs: new Map(runs), neurons: all.layers.map((layer) => neuronsOf(layer, inputs.length, showing.steps)) };
}

/** Runs a network that takes pixels on spikes in the place of those it would draw. */
export async function tracedOnSpikes(
  engine: Engine,
  model: Model,
  inputs: readonly Keyed[],
  showing: Showing,
): Promise<Traced> {
  const { input, layers, readout } = model.network;
  using twin = engine.createModel(network({ input: spikes(input.shape, { steps: showing.steps }), layers, readout }));
  for (const { name } of model.tensors()) twin.setTensor(name, model.tensor(name));
  return await traced(engine, twin, inputs, showing);
}

/** A source of inputs that keep their keys. */
function given(inputs: readonly Keyed[], { network: { input }, classes }: Model): Source {
  async function* batches({ size, skip = 0 }: BatchOptions): AsyncGenerator<Batch, undefined> {
    await Promise.resolve();
    for (let start = skip * size; start < inputs.length; start += size) {
      const own = inputs.slice(start, start + size);
      const images = new Float32Array(own.reduce((sum, { values }) => sum + values.length, 0));
      own.reduce((end, { values }) => {
        images.set(values, end);
        return end + values.length;
      }, 0);
      yield {
        samples: Uint32Array.from(own, ({ sample }) => sample),
        images,
        labels: Uint8Array.from(own, ({ label }) => label),
      };
    }
  }
  const size = input.shape.reduce((product, side) => product * side);
  const steps = input.encoding === 'spikes' ? { steps: (inputs[0]?.values.length ?? size) / size } : {};
  return { name: 'examples', shape: input.shape, ...steps, classes, length: inputs.length, batches };
}

function neuronsOf({ spikes: all, membranes }: TraceResult['layers'][number], examples: number, steps: number): number {
  return (all.length > 0 ? all.length : membranes.length) / examples / steps;
}

/** Pixels as a picture has them. */
function bytes(pixels: Float32Array): string {
  return Buffer.from(Uint8Array.from(pixels, (value) => Math.round(255 * Math.max(0, Math.min(1, value))))).toString(
    'base64',
  );
}
