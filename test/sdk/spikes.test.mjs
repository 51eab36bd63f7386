import * as sdk from '@certispike/sdk';
import { recordings, spikeNetwork, steps } from './recordings.mjs';
import { classes, finished, shape, stripes, weights } from './toy.mjs';

const { arrays, certify, createEngine, evaluate, fit, linear, linf, network } = sdk;
const failed = (code, message) => expect.objectContaining({ code, message: expect.stringMatching(message) });

let engine;
beforeAll(async () => (engine = await createEngine({ workers: 2 })));
afterAll(() => engine.dispose());

test('a source of spikes', async () => {
  const source = arrays(recordings(7, 1));
  expect(source).toMatchObject({ steps, shape, length: 7 });
  const read = [];
  for await (const batch of source.batches({ size: 5 })) read.push(batch);
  const [first, second] = read;
  expect([first.images.length, second.images.length]).toEqual([5 * steps * 36, 2 * steps * 36]);
  expect([...second.images]).toEqual([...recordings(7, 1).images.slice(5 * steps * 36)]);
});

test('a network of spikes learns from them, goes through a file and predicts the same', async () => {
  const source = arrays(recordings(120, 1));
  const test_ = arrays(recordings(60, 2));
  const model = engine.createModel(spikeNetwork(), { seed: 3 });
  await finished(fit(engine, model, source, { method: 'natural', epochs: 6, batchSize: 20, learningRate: 5e-3 }));
  const result = await evaluate(engine, model, test_);
  expect(result.cleanError).toBeLessThan(0.35);
  const copy = await sdk.modelFromBytes(engine, await sdk.modelToBytes(model));
  expect(copy.network.input).toEqual({ shape, encoding: 'spikes', steps });
  expect((await evaluate(engine, copy, test_)).scores).toEqual(result.scores);
  // Neither seed nor presentation changes spikes.
  expect((await evaluate(engine, model, test_, { seed: 9, presentation: 3 })).scores).toEqual(result.scores);
});

test('a call with fewer steps takes the first', async () => {
  const long = recordings(20, 4, 6);
  const short = new Float32Array(20 * 3 * 36);
  for (let example = 0; example < 20; example += 1) {
    short.set(long.images.subarray(example * 6 * 36, example * 6 * 36 + 3 * 36), example * 3 * 36);
  }
  const model = engine.createModel(spikeNetwork(), { seed: 1 });
  const [of, expected] = await Promise.all(
    [long, { ...long, steps: 3, images: short }].map((data) => evaluate(engine, model, arrays(data), { steps: 3 })),
  );
  expect(of.scores).toEqual(expected.scores);
});

test.each([1, 3])('%i workers train to the same bits as two', async (workers) => {
  const other = await createEngine({ workers });
  const trained = async (on) => {
    const model = on.createModel(spikeNetwork(), { seed: 3 });
    const options = { method: 'natural', epochs: 1, batchSize: 20, certifiedSteps: 2, seed: 4 };
    await finished(fit(on, model, arrays(recordings(50, 1)), options));
    return weights(model);
  };
  expect(await trained(other)).toBe(await trained(engine));
  await other.dispose();
});

test.each([
  ['too few steps', () => arrays(recordings(5, 1, 3)), 'invalid-shape', /^source\.steps: expected at least 4, .*got 3/],
  ['images', () => arrays(stripes(5)), 'invalid-shape', /^source\.steps: expected a number/],
])('a network of spikes refuses %s', async (_, source, code, message) => {
  await expect(evaluate(engine, engine.createModel(spikeNetwork()), source())).rejects.toEqual(failed(code, message));
  const train = /^train/;
  expect(() => fit(engine, engine.createModel(spikeNetwork()), source(), { method: 'natural', epochs: 1 })).toThrow(
    failed(code, train),
  );
});

test('a network of images refuses spikes', async () => {
  const images = network({ input: sdk.rate(shape), layers: [linear(classes)] });
  const message = /^source\.steps: expected undefined, as the network's input is images \(encoding 'rate'\), got 4/;
  await expect(evaluate(engine, engine.createModel(images), arrays(recordings(5, 1)))).rejects.toEqual(
    failed('invalid-shape', message),
  );
});

test('what is neither 0 nor 1 is named by example, step and position', () => {
  const data = recordings(5, 1);
  data.images[2 * steps * 36 + 3 * 36 + 7] = 0.5;
  const message = /^arrays\.images\[403\] \(example 2, step 3, position 7\): expected 0 or 1, got 0\.5/;
  expect(() => arrays(data)).toThrow(failed('invalid-value', message));
  const short = { ...data, images: new Float32Array(5 * 3 * 36) };
  expect(() => arrays(short)).toThrow(failed('invalid-shape', /5 recordings of 4 steps of 36 positions/));
});

test('a region of pixels is refused for spikes', async () => {
  const model = engine.createModel(spikeNetwork());
  await expect(certify(engine, model, arrays(recordings(5, 1)), { region: linf(0.1) })).rejects.toEqual(
    failed('invalid-value', /^options\.region\.kind: expected flips, sampled or shift/),
  );
});
