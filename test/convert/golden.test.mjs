import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as sdk from '@certispike/sdk';
import { convert, modelFrom, toNir } from '@certispike/sdk/convert';

const { arrays, createEngine, trace } = sdk;

const folder = fileURLToPath(new URL('./traces/', import.meta.url));
const traces = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && name !== 'pytorch-types.json')
  .map((name) => ({ name: name.replace('.json', ''), ...JSON.parse(readFileSync(join(folder, name), 'utf8')) }));

/** Zeros and ones from bits. */
const unpacked = (text, count) => {
  const bytes = Buffer.from(text, 'base64');
  return Uint8Array.from({ length: count }, (_, index) => (bytes[index >> 3] >> (index & 7)) & 1);
};

const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** The examples of a trace as a data set for a network. */
const examples = ({ steps, samples, input }, { input: { shape } }) =>
  arrays({
    name: 'trace',
    steps,
    shape,
    classes: 5,
    images: Float32Array.from(unpacked(input.bits, steps * samples * sizeOf(input.shape))),
    labels: new Uint8Array(samples),
  });

let engine;
beforeAll(async () => {
  engine = await createEngine({ workers: 1 });
});
afterAll(() => engine.dispose());

/** The spikes of every layer, and those of a trace, as text that a failure shows well. */
async function spikes(bytes, golden, options = {}) {
  const { model } = await modelFrom(engine, bytes, { name: golden.file, ...options });
  try {
    const { layers } = await trace(engine, model, examples(golden, model.network), { steps: golden.steps });
    return layers.map((layer) => ({ neurons: sizeOf(layer.shape), spikes: Buffer.from(layer.spikes).toString('hex') }));
  } finally {
    model.free();
  }
}

/** What the framework really did. */
const truth = ({ steps, samples, layers }) =>
  layers.map(({ neurons, bits }) => ({
    neurons,
    spikes: Buffer.from(unpacked(bits, steps * samples * neurons)).toString('hex'),
  }));

const fileOf = ({ file }) => new Uint8Array(readFileSync(join(folder, file)));

describe.each(traces)('$name, made by $made_by', (golden) => {
  const input = golden.options.layers?.input;
  // Graphs do not say for how long they are run.
  const steps = (network) => ({ ...network.input, steps: golden.steps });

  test('every spike of every layer is the same', async () => {
    const bytes = fileOf(golden);
    const { network } = await convert(bytes, golden.options);
    expect(await spikes(bytes, golden, { ...golden.options, input: input ?? steps(network) })).toEqual(truth(golden));
    if (/grid|graph/.test(golden.name)) expect(golden.on_threshold).toBeGreaterThan(0);
  });

  test('and again after a round trip through NIR', async () => {
    const { model } = await modelFrom(engine, fileOf(golden), golden.options);
    try {
      if (model.network.layers.some(({ neuron }) => neuron?.reset === 'soft')) {
        await expect(toNir(model)).rejects.toMatchObject({
          code: 'cannot-convert',
          message: expect.stringContaining('soft'),
        });
        return;
      }
      for (const options of [{}, { vReset: false, dt: 1e-3 }]) {
        const graph = await toNir(model, options);
        const { network, tensors } = await convert(graph);
        expect(network).toEqual(model.network);
        for (const [name, values] of tensors) expect(values).toEqual(model.tensor(name));
        expect(await spikes(graph, golden, { input: steps(network) })).toEqual(truth(golden));
      }
    } finally {
      model.free();
    }
  });
});

test('a framework that fires at the threshold is another one', async () => {
  const golden = traces.find(({ name }) => name === 'spikingjelly-graph-lif');
  const { network } = await convert(fileOf(golden));
  const above = await spikes(fileOf(golden), golden, {
    convention: 'nir',
    input: { ...network.input, steps: golden.steps },
  });
  expect(above).not.toEqual(truth(golden));
});
