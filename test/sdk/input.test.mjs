import * as sdk from '@certispike/sdk';
import { denseNetwork, finished, shape, shortTraining, stripes } from './toy.mjs';

const { arrays, certify, createEngine, evaluate, fit, linf } = sdk;
const data = arrays(stripes(20));

let engine;
let model;
beforeAll(async () => {
  engine = await createEngine({ workers: 1 });
  model = engine.createModel(denseNetwork(sdk), { seed: 3 });
});
afterAll(() => engine.dispose());

const failed = (code, message) =>
  expect.objectContaining({ name: 'CertispikeError', code, message: expect.stringMatching(message) });

test.each([
  [{ shape: [1, 6] }, 'invalid-value', /^shape\[2\]: expected a whole number/],
  [{ classes: 1 }, 'invalid-value', /^classes: expected a whole number from 2 to 256, got 1/],
  [{ labels: new Uint8Array() }, 'invalid-shape', /^labels: expected at least one example, got 0/],
  [
    { images: new Float32Array(7) },
    'invalid-shape',
    /^arrays\.images\.length: expected 720 \(20 images of 36 pixels\), got 7/,
  ],
  [{ images: new Float64Array(720) }, 'invalid-shape', /^arrays\.images: expected a Float32Array, got a Float64Array/],
  [
    { labels: new Uint8Array(20).fill(3) },
    'invalid-label',
    /^arrays\.labels\[0\] .*: expected a class from 0 to 2, got 3/,
  ],
  [
    { images: new Float32Array(720).fill(Number.NaN, 400, 401) },
    'invalid-value',
    /^arrays\.images\[400\] \(example 11, pixel 4\): expected a finite number, got NaN/,
  ],
])('arrays refuses %j', (change, code, message) => {
  expect(() => arrays({ ...stripes(20), ...change })).toThrow(failed(code, message));
});

test.each([[-0.1], [Number.NaN], [Infinity], ['0.1']])('linf refuses an epsilon of %p', (epsilon) => {
  expect(() => linf(epsilon)).toThrow(
    failed('invalid-value', /^region\.epsilon: expected a number from 0 to 1000000, got/),
  );
});

test.each([
  [{ workers: 0 }, 'invalid-value', /^options\.workers: expected a whole number from 1 to 256, got 0/],
  [{ workers: 1.5 }, 'invalid-value', /^options\.workers/],
  [{ threads: 2 }, 'invalid-description', /^options\.threads: there is no such field/],
])('createEngine refuses %j', async (options, code, message) => {
  await expect(createEngine(options)).rejects.toEqual(failed(code, message));
});

test.each([
  [{ seed: -1 }, 'invalid-value', /^options\.seed: expected a whole number from 0 up, got -1/],
  [{ seed: 0.5 }, 'invalid-value', /^options\.seed/],
  [
    { initialisation: 'zero' },
    'invalid-value',
    /^options\.initialisation: expected one of 'default', 'ibp', got "zero"/,
  ],
])('createModel refuses %j', (options, code, message) => {
  expect(() => engine.createModel(denseNetwork(sdk), options)).toThrow(failed(code, message));
});

test.each([
  [{ steps: 0 }, 'invalid-value', /^options\.steps: expected a whole number from 1 to 65536, got 0/],
  [{ steps: 2.5 }, 'invalid-value', /^options\.steps/],
  [{ seed: -1 }, 'invalid-value', /^options\.seed/],
  [{ presentation: -1 }, 'invalid-value', /^options\.presentation/],
  [{ batchSize: 0 }, 'invalid-value', /^options\.batchSize/],
  [{ limit: 0 }, 'invalid-value', /^options\.limit: expected a whole number from 1 up, got 0/],
  [{ signal: 'stop' }, 'invalid-value', /^options\.signal: expected an AbortSignal, got "stop"/],
  [{ epsilon: 0.1 }, 'invalid-description', /^options\.epsilon: there is no such field/],
])('evaluate and certify refuse %j', async (options, code, message) => {
  await expect(evaluate(engine, model, data, options)).rejects.toEqual(failed(code, message));
  await expect(certify(engine, model, data, { region: linf(0.1), ...options })).rejects.toEqual(failed(code, message));
});

test.each([
  [{ region: undefined }, 'invalid-description', /^options\.region: expected a region made by linf.*got nothing/],
  [{ region: { kind: 'l2', epsilon: 1 } }, 'invalid-description', /^options\.region.*: expected a region made by linf/],
  [{ region: { kind: 'linf', epsilon: -1 } }, 'invalid-value', /^options\.region\.epsilon: .* got -1/],
  [{ bounds: [] }, 'invalid-value', /^options\.bounds: expected at least one bound/],
  [{ bounds: ['crown'] }, 'invalid-value', /^options\.bounds\[0\]: expected one of 's-ibp', 's-crown', got "crown"/],
  [{ rounding: 'down' }, 'invalid-value', /^options\.rounding/],
  [{ relaxation: 'best' }, 'invalid-value', /^options\.relaxation/],
  [{ coupling: true }, 'invalid-value', /^options\.coupling/],
])('certify refuses %j', async (options, code, message) => {
  const call = certify(engine, model, data, { region: linf(0.1), ...options });
  await expect(call).rejects.toEqual(failed(code, message));
});

test.each([
  [
    { method: 'ibp' },
    'invalid-value',
    /^options\.method: expected one of 'natural', 's-ibp', 's-crown', 's-crown-fused'/,
  ],
  [{ method: undefined }, 'invalid-value', /^options\.method/],
  [{ epochs: 0 }, 'invalid-value', /^options\.epochs/],
  [{ batchSize: 0 }, 'invalid-value', /^options\.batchSize/],
  [{ slices: 3 }, 'invalid-value', /^options\.slices: expected one of 1, 2, 4, 8, 16, 32, 64, got 3/],
  [{ seed: -1 }, 'invalid-value', /^options\.seed/],
  [{ steps: 0 }, 'invalid-value', /^options\.steps/],
  [{ certifiedSteps: 0 }, 'invalid-value', /^options\.certifiedSteps/],
  [{ epsilon: undefined }, 'invalid-value', /^options\.epsilon: expected a number or a schedule, got nothing/],
  [{ epsilon: -0.1 }, 'invalid-value', /^options\.epsilon: expected a number from 0 to 1000000, or a schedule/],
  [{ epsilon: { kind: 'linear', from: 0, to: -1, start: 0, end: 1 } }, 'invalid-value', /^options\.epsilon: expected/],
  [{ epsilon: { kind: 'cosine' } }, 'invalid-description', /^options\.epsilon/],
  [{ kappa: 1.5 }, 'invalid-value', /^options\.kappa/],
  [{ beta: -1 }, 'invalid-value', /^options\.beta/],
  [{ learningRate: Number.NaN }, 'invalid-value', /^options\.learningRate/],
  [{ optimizer: 'lion' }, 'invalid-description', /^options\.optimizer/],
  [{ optimizer: { kind: 'sgd', momentum: 1 } }, 'invalid-value', /^options\.optimizer\.momentum/],
  [{ gradientClip: -1 }, 'invalid-value', /^options\.gradientClip/],
  [{ logitScale: 0 }, 'invalid-value', /^options\.logitScale/],
  [{ surrogate: { kind: 'atan', width: 0 } }, 'invalid-value', /^options\.surrogate\.width/],
  [{ surrogate: { kind: 'sigmoid' } }, 'invalid-value', /^options\.surrogate\.kind/],
  [{ keep: 'best' }, 'invalid-value', /^options\.validation: expected a source \(keep is 'best'\), got nothing/],
  [{ limit: 0 }, 'invalid-value', /^options\.limit/],
  [{ resume: true }, 'invalid-value', /^options\.checkpoint: expected a path \(resume is true\), got nothing/],
  [{ checkpoint: { path: '' } }, 'invalid-description', /^options\.checkpoint/],
  [{ lr: 0.1 }, 'invalid-description', /^options\.lr: there is no such field/],
])('fit refuses %j at once', (options, code, message) => {
  expect(() => fit(engine, model, data, { ...shortTraining, ...options })).toThrow(failed(code, message));
});

describe('sources that do not fit', () => {
  const other = arrays({ shape: [1, 5, 5], classes: 3, images: new Float32Array(50), labels: new Uint8Array(2) });
  const many = arrays({ ...stripes(20), classes: 10 });

  test.each([
    ['another shape', other, /shape: expected 1 x 6 x 6 \(the network's input\), got 1 x 5 x 5/],
    ['more classes', many, /classes: expected at most 3 \(the network's\), got 10/],
    ['no examples', { ...data, length: 0 }, /length: expected at least one example, got 0/],
  ])('%s', async (_, source, message) => {
    await expect(evaluate(engine, model, source)).rejects.toEqual(failed('invalid-shape', message));
    expect(() => fit(engine, model, source, shortTraining)).toThrow(failed('invalid-shape', message));
    const validation = { ...shortTraining, validation: source };
    expect(() => fit(engine, model, data, validation)).toThrow(failed('invalid-shape', message));
  });

  /** A source that gives these batches, whatever it is asked for. */
  const giving = (...batches) => ({
    name: 'broken',
    shape,
    classes: 3,
    length: 20,
    async *batches() {
      yield* batches;
    },
  });
  const batch = { samples: new Uint32Array(20), images: new Float32Array(720), labels: new Uint8Array(20) };

  test.each([
    ['fewer examples than promised', [], 'invalid-shape', /broken/],
    [
      'images that are too short',
      [{ ...batch, images: new Float32Array(7) }],
      'invalid-shape',
      /broken\.images\.length/,
    ],
    ['labels that are missing', [{ ...batch, labels: new Uint8Array(2) }], 'invalid-shape', /broken\.labels\.length/],
    ['a label out of range', [{ ...batch, labels: new Uint8Array(20).fill(7) }], 'invalid-label', /got 7/],
    ['NaN pixels', [{ ...batch, images: new Float32Array(720).fill(NaN) }], 'invalid-value', /broken\.images\[0\]/],
    ['no arrays', [{ ...batch, images: [0] }], 'invalid-shape', /broken\.images: expected a Float32Array, got a Array/],
    [
      'an empty batch',
      [{ samples: new Uint32Array(), images: new Float32Array(), labels: new Uint8Array() }],
      'invalid-shape',
      /broken/,
    ],
  ])('%s', async (_, batches, code, message) => {
    const source = giving(...batches);
    await expect(evaluate(engine, model, source)).rejects.toEqual(failed(code, message));
    await expect(finished(fit(engine, model, source, shortTraining))).rejects.toEqual(failed(code, message));
  });

  test('a source that fails', async () => {
    const failure = new Error('the disk is on fire');
    const source = {
      ...giving(),
      async *batches() {
        yield await Promise.reject(failure);
      },
    };
    await expect(evaluate(engine, model, source)).rejects.toBe(failure);
    await expect(finished(fit(engine, model, source, shortTraining))).rejects.toBe(failure);
    // And the model is free again.
    await evaluate(engine, model, data);
  });
});

test.each([
  ['an unknown tensor', 'layers.9.weight', 1, 'unknown-tensor', /layers\.9\.weight/],
  ['another length', 'layers.1.bias', 4, 'invalid-shape', /layers\.1\.bias: expected 3 numbers, got 4/],
  ['a value that is no number', 'layers.1.bias', 3, 'invalid-value', /layers\.1\.bias\[0\]: expected a finite number/],
])('setTensor refuses %s', (_, name, length, code, message) => {
  expect(() => model.setTensor(name, new Float32Array(length).fill(NaN))).toThrow(failed(code, message));
});

test('a training that diverges says so, and the model keeps finite weights', async () => {
  const wild = engine.createModel(denseNetwork(sdk), { seed: 3 });
  const options = {
    ...shortTraining,
    learningRate: 1e6,
    optimizer: 'sgd',
    gradientClip: 0,
    logitScale: 1e6,
    epochs: 50,
  };
  const end = await finished(fit(engine, wild, data, options)).catch((error) => error);
  if ('code' in end) expect(end).toEqual(failed('training-diverged', /^step \d+: /));
  for (const { name } of wild.tensors()) expect(wild.tensor(name).every(Number.isFinite)).toBe(true);
});

test('what is missing is named', async () => {
  expect(() => fit(engine, model, data)).toThrow(
    failed('invalid-description', /^options: expected an object, got noth/),
  );
  expect(() => fit(engine, model, undefined, shortTraining)).toThrow(
    failed('invalid-value', /^train: expected a source/),
  );
  await expect(evaluate(engine, model, [1])).rejects.toEqual(failed('invalid-value', /^source: expected a source/));
  await expect(certify(engine, model, data)).rejects.toEqual(
    failed('invalid-description', /^options: expected an obj/),
  );
});

test('an engine or model of another kind is refused', async () => {
  await expect(evaluate({}, model, data)).rejects.toEqual(failed('invalid-state', /^engine: expected/));
  await expect(evaluate(engine, {}, data)).rejects.toEqual(failed('invalid-state', /^model: expected/));
});

test('errors are recognised by what they are, not by their class', () => {
  const { CertispikeError, isCertispikeError } = sdk;
  expect(isCertispikeError(new CertispikeError('aborted', 'x'))).toBe(true);
  expect(isCertispikeError({ name: 'CertispikeError', code: 'aborted', message: 'x' })).toBe(true);
  expect([new Error('x'), null, undefined, 'x', { code: 'aborted' }].some(isCertispikeError)).toBe(false);
});
