import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as sdk from '@certispike/sdk';
import { temporaryFolder } from './folder.mjs';
import { resumable } from './resumable.mjs';
import { denseNetwork, finished, stripes, weights } from './toy.mjs';

const { arrays, createEngine, evaluate, fit, inspectCheckpoint, linear, loadModel, network, rate } = sdk;

let engine;
let folder;
let uninterrupted;
beforeAll(async () => {
  engine = await createEngine({ workers: 2 });
  folder = await temporaryFolder();
  const { model, train, options } = resumable(sdk, engine);
  const { result } = await finished(fit(engine, model, train, options));
  uninterrupted = { bits: weights(model), result };
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

const timeless = (result) => ({ ...result, seconds: undefined });

/** Goes on from a checkpoint with a model that knows nothing, and compares the end. */
async function expectSameEnd(path, resumeEngine = engine) {
  const { train, options } = resumable(sdk, resumeEngine);
  const model = resumeEngine.createModel(denseNetwork(sdk), { seed: 99 });
  const { events, result } = await finished(
    fit(resumeEngine, model, train, { ...options, checkpoint: { path }, resume: true }),
  );
  expect(weights(model)).toBe(uninterrupted.bits);
  expect(timeless(result)).toEqual(timeless(uninterrupted.result));
  return events.filter(({ kind }) => kind === 'step').length;
}

/** A training stopped by its caller at a step; its checkpoint. */
async function stopped(name, step, how) {
  const path = folder.at(name);
  const { model, train, options } = resumable(sdk, engine);
  const controller = new AbortController();
  const training = fit(engine, model, train, { ...options, checkpoint: { path }, signal: controller.signal });
  const run = async () => {
    for await (const event of training) {
      if (event.kind !== 'step' || event.step !== step) continue;
      if (how === 'break') break;
      controller.abort();
    }
  };
  if (how === 'break') await run();
  else await expect(run()).rejects.toMatchObject({ code: 'aborted' });
  return path;
}

test('the training that is interrupted below has something to lose', () => {
  const { result } = uninterrupted;
  expect(result).toMatchObject({ epochs: 4, steps: 20, kept: 'best', validation: { examples: 30, epsilon: 0.05 } });
  expect(result.best.certifiedError).toBeLessThanOrEqual(result.validation.certifiedError);
});

test.each([1, 4, 5, 6, 13, 19, 20])('aborted after step %i and resumed: the same bits', async (step) => {
  expect(await expectSameEnd(await stopped(`aborted-${step}`, step, 'abort'))).toBe(20 - step);
});

test('left by break and resumed: the same bits', async () => {
  expect(await expectSameEnd(await stopped('left', 7, 'break'))).toBe(13);
});

test('resumed with another number of workers: the same bits', async () => {
  const other = await createEngine({ workers: 3 });
  await expectSameEnd(await stopped('other', 8, 'abort'), other);
  await other.dispose();
});

test('interrupted twice', async () => {
  const path = await stopped('twice', 3, 'abort');
  const { train, options } = resumable(sdk, engine);
  const model = engine.createModel(denseNetwork(sdk));
  const training = fit(engine, model, train, { ...options, checkpoint: { path }, resume: true });
  for await (const event of training) if (event.step === 11) break;
  expect(await expectSameEnd(path)).toBe(9);
});

test('killed in the middle of a process of its own: the same bits', async () => {
  const path = folder.at('killed');
  const script = fileURLToPath(new URL('killed-run.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, path, '13'], { stdio: 'inherit' });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
  // The last checkpoint is that of step 12.
  expect(await expectSameEnd(path)).toBe(8);
});

test('a finished training is not run again', async () => {
  const path = folder.at('finished');
  const { model, train, options } = resumable(sdk, engine);
  await finished(fit(engine, model, train, { ...options, checkpoint: { path } }));
  expect(await expectSameEnd(path)).toBe(0);
});

test('without a checkpoint, resume begins at the beginning', async () => {
  const { model, train, options } = resumable(sdk, engine);
  await finished(fit(engine, model, train, { ...options, checkpoint: { path: folder.at('new') }, resume: true }));
  expect(weights(model)).toBe(uninterrupted.bits);
});

test('checkpoints come every so many steps and at the end of epochs', async () => {
  const { model, train, options } = resumable(sdk, engine);
  const checkpoint = { path: folder.at('often'), everySteps: 2 };
  const { events } = await finished(fit(engine, model, train, { ...options, epochs: 2, checkpoint }));
  const steps = events.filter(({ kind }) => kind === 'checkpoint').map(({ step }) => step);
  expect(steps).toEqual([2, 4, 5, 6, 8, 10]);
});

test('a store of your own takes the place of a file', async () => {
  let kept;
  const store = { name: 'memory', read: async () => kept, write: async (bytes) => void (kept = bytes) };
  const { model, train, options } = resumable(sdk, engine);
  for await (const event of fit(engine, model, train, { ...options, checkpoint: { store } }))
    if (event.step === 9) break;
  const fresh = engine.createModel(denseNetwork(sdk));
  await finished(fit(engine, fresh, train, { ...options, checkpoint: { store }, resume: true }));
  expect(weights(fresh)).toBe(uninterrupted.bits);
});

test('a checkpoint can be described, and loaded as the model it would keep', async () => {
  const path = folder.at('finished');
  const { kind, network: described, training } = await inspectCheckpoint(path);
  expect(kind).toBe('training');
  expect(described).toEqual(denseNetwork(sdk));
  expect(training.state).toMatchObject({ step: 20, epoch: 4, best: uninterrupted.result.best });
  expect(training.config).toMatchObject({ method: 's-ibp', slices: 4, optimizer: { kind: 'adam', beta1: 0.9 } });
  expect(weights(await loadModel(engine, path))).toBe(uninterrupted.bits);
});

test('keep: last keeps the last weights', async () => {
  const { model, train, options } = resumable(sdk, engine);
  const { result } = await finished(fit(engine, model, train, { ...options, keep: 'last' }));
  expect(result.kept).toBe('last');
  const { validation } = options;
  const { cleanError } = await evaluate(engine, model, validation, { seed: 0 });
  expect(cleanError).toBe(result.validation.cleanError);
});

test('SGD, and natural training with validation by clean error', async () => {
  const { model, train, options } = resumable(sdk, engine);
  const natural = { ...options, method: 'natural', optimizer: 'sgd' };
  const path = folder.at('natural');
  const begun = fit(engine, model, train, { ...natural, checkpoint: { path } });
  for await (const event of begun) if (event.step === 9) break;
  const resumed = engine.createModel(denseNetwork(sdk));
  const end = await finished(fit(engine, resumed, train, { ...natural, checkpoint: { path }, resume: true }));
  const whole = resumable(sdk, engine).model;
  const { result } = await finished(fit(engine, whole, train, natural));
  expect(weights(resumed)).toBe(weights(whole));
  expect(timeless(end.result)).toEqual(timeless(result));
  expect(result.best.certifiedError).toBeUndefined();
});

describe('what differs is named', () => {
  let path;
  beforeAll(async () => (path = await stopped('differing', 2, 'abort')));

  async function refused(change, model = engine.createModel(denseNetwork(sdk))) {
    const { train, options } = resumable(sdk, engine);
    const { train: otherTrain = train, ...others } = change;
    const training = fit(engine, model, otherTrain, { ...options, ...others, checkpoint: { path }, resume: true });
    const error = await training.next().catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'CertispikeError', code: 'resume-mismatch' });
    return error.message;
  }

  test.each([
    [{ seed: 6 }, /resume: options\.seed: expected 5 as in .*, got 6/],
    [{ batchSize: 30 }, /options\.batchSize: expected 20/],
    [{ slices: 8 }, /options\.slices: expected 4/],
    [{ epochs: 5 }, /options\.epochs: expected 4/],
    [{ epsilon: sdk.schedules.linear(0, 0.06, 0, 0.6) }, /options\.epsilon\.to: expected 0\.05/],
    [{ epsilon: 0.05 }, /options\.epsilon\.kind: expected "linear"/],
    [{ optimizer: 'sgd' }, /options\.optimizer\.kind: expected "adam"/],
    [{ keep: 'last' }, /options\.keep: expected "best"/],
    [{ train: arrays({ name: 'train', ...stripes(80) }) }, /train\.length: expected 90/],
    [{ validation: arrays({ name: 'another', ...stripes(30, 2) }) }, /validation\.name: expected "held out"/],
  ])('%j', async (change, message) => expect(await refused(change)).toMatch(message));

  test('the network', async () => {
    const other = network({
      input: rate([1, 6, 6], { steps: 5 }),
      layers: [linear(25), linear(3)],
      readout: 'membrane',
    });
    expect(await refused({}, engine.createModel(other))).toMatch(
      /network\.layers\[0\]\.outputs: expected 24 .* got 25/,
    );
  });

  test('and the model is free again', async () => {
    const model = engine.createModel(denseNetwork(sdk));
    await refused({ seed: 6 }, model);
    model.free();
  });
});

describe('files that are no checkpoints', () => {
  async function resumed(path) {
    const { model, train, options } = resumable(sdk, engine);
    return finished(fit(engine, model, train, { ...options, checkpoint: { path }, resume: true }));
  }

  test('a truncated one', async () => {
    const path = await stopped('truncated', 2, 'abort');
    const bytes = await readFile(path);
    for (const length of [0, 4, 100, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(resumed(path)).rejects.toMatchObject({ code: 'invalid-checkpoint' });
    }
  });

  test('a model alone', async () => {
    const path = folder.at('model');
    await sdk.saveModel(engine.createModel(denseNetwork(sdk)), path);
    await expect(resumed(path)).rejects.toMatchObject({
      code: 'invalid-checkpoint',
      message: expect.stringContaining('expected the state of a training, got a model alone'),
    });
  });

  test('a full disk stops the training with a clear error, and keeps the checkpoint before', async () => {
    const { model, train, options } = resumable(sdk, engine);
    const before = await stat('/dev/full').catch(() => undefined);
    if (before === undefined) return;
    const training = finished(fit(engine, model, train, { ...options, checkpoint: { path: '/dev/full' } }));
    await expect(training).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining('/dev/full') });
    expect((await stat('/dev/full')).isCharacterDevice()).toBe(true);
    model.free();
  });

  test('nothing is left beside a checkpoint', async () => {
    const path = folder.at('copied');
    await copyFile(await stopped('alone', 2, 'abort'), path);
    await expect(stat(`${folder.at('alone')}.partial`)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
