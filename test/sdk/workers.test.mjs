import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as sdk from '@certispike/sdk';
import { replaceReplies, started, unwatch, whenJobIsSent } from './threads.mjs';
import { denseNetwork, finished, shortTraining, stripes, weights } from './toy.mjs';

const { arrays, certify, createEngine, evaluate, fit, linf } = sdk;
const data = arrays(stripes(60));

afterAll(unwatch);

let engine;
beforeEach(async () => {
  started.length = 0;
  whenJobIsSent(() => {});
  replaceReplies((reply) => reply);
  engine = await createEngine({ workers: 2 });
});
afterEach(() => engine.dispose());

const untrained = () => engine.createModel(denseNetwork(sdk), { seed: 3 });

/** Ends the first `count` workers when they are sent a job; all workers, those that replace others too, by default. */
function killWorkers(count = Infinity) {
  const doomed = new Set(started.slice(0, count));
  whenJobIsSent((worker) => {
    if (count === Infinity || doomed.delete(worker)) void worker.terminate();
  });
}

async function trained() {
  const model = untrained();
  await finished(fit(engine, model, data, shortTraining));
  return weights(model);
}

test('a worker that dies at work is replaced, and the result is the same', async () => {
  const usual = await trained();
  killWorkers(1);
  expect(await trained()).toBe(usual);
  expect(started).toHaveLength(3);
});

test('both workers may die at once', async () => {
  const usual = await trained();
  killWorkers(2);
  expect(await trained()).toBe(usual);
  expect(started).toHaveLength(4);
});

test('a worker that dies while idle is replaced when there is work', async () => {
  const model = untrained();
  const usual = await evaluate(engine, model, data);
  await Promise.all(started.map((worker) => worker.terminate()));
  expect((await evaluate(engine, model, data)).scores).toEqual(usual.scores);
});

test('a worker whose core aborts is replaced, and the result is the same', async () => {
  const usual = await trained();
  let left = 1;
  replaceReplies((reply) => {
    if (left === 0 || reply.value?.value?.statistics === undefined) return reply;
    left -= 1;
    return { ...reply, value: { failure: { code: 'trap', message: 'core: it aborted (unreachable)' } } };
  });
  expect(await trained()).toBe(usual);
  expect(left).toBe(0);
  expect(started).toHaveLength(3);
});

test('work that two workers die on is given up, and the engine goes on', async () => {
  const model = untrained();
  const usual = await evaluate(engine, model, data);
  killWorkers();
  await expect(evaluate(engine, model, data)).rejects.toMatchObject({
    name: 'CertispikeError',
    code: 'worker-died',
    message: expect.stringMatching(/worker: .*tried twice.*exited with status/),
  });
  whenJobIsSent(() => {});
  expect((await evaluate(engine, model, data)).scores).toEqual(usual.scores);
});

test('a training whose work is given up keeps the steps it has made', async () => {
  const model = untrained();
  const before = weights(model);
  const training = fit(engine, model, data, shortTraining);
  await training.next();
  killWorkers();
  await expect(finished(training)).rejects.toMatchObject({ code: 'worker-died' });
  expect(weights(model)).not.toBe(before);
});

test('a program that forgets to dispose of its engine ends by itself', async () => {
  const script = `
    import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as sdk from '@certispike/sdk';
    import { denseNetwork, stripes } from './toy.mjs';
    const engine = await sdk.createEngine({ workers: 2 });
    const model = engine.createModel(denseNetwork(sdk));
    await sdk.evaluate(engine, model, sdk.arrays(stripes(60)));
    console.log('done');
  `;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const call = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd,
    timeout: 20_000,
  });
  expect((await call).stdout).toBe('done\n');
});

test('two engines work at once, and disposing of one leaves the other', async () => {
  const other = await createEngine({ workers: 1 });
  const [mine, its] = [untrained(), other.createModel(denseNetwork(sdk), { seed: 3 })];
  const [left, right] = await Promise.all([evaluate(engine, mine, data), evaluate(other, its, data)]);
  expect(left.scores).toEqual(right.scores);
  await other.dispose();
  await expect(evaluate(other, its, data)).rejects.toMatchObject({ code: 'disposed' });
  expect((await evaluate(engine, mine, data)).scores).toEqual(left.scores);
});

test('after dispose every call says so', async () => {
  const model = untrained();
  await engine.dispose();
  await engine.dispose();
  const disposed = expect.objectContaining({ name: 'CertispikeError', code: 'disposed' });
  expect(() => engine.createModel(denseNetwork(sdk))).toThrow(disposed);
  expect(() => fit(engine, model, data, shortTraining)).toThrow(disposed);
  expect(() => model.tensor('layers.0.weight')).toThrow(disposed);
  await expect(evaluate(engine, model, data)).rejects.toEqual(disposed);
  await expect(certify(engine, model, data, { region: linf(0.1) })).rejects.toEqual(disposed);
});

test('dispose ends the calls in flight', async () => {
  const model = untrained();
  const training = fit(engine, untrained(), data, shortTraining);
  const calls = [evaluate(engine, model, data), certify(engine, model, data, { region: linf(0.1) }), training.next()];
  const [results] = await Promise.all([Promise.allSettled(calls), engine.dispose()]);
  expect(results.map(({ reason }) => reason.code)).toEqual(['disposed', 'disposed', 'disposed']);
});

test('a freed model is refused, and freeing twice is harmless', async () => {
  const model = untrained();
  model.free();
  model.free();
  await expect(evaluate(engine, model, data)).rejects.toMatchObject({ code: 'disposed' });
});

test('a model of another engine is refused', async () => {
  const other = await createEngine({ workers: 1 });
  const foreign = other.createModel(denseNetwork(sdk));
  await expect(evaluate(engine, foreign, data)).rejects.toMatchObject({ code: 'invalid-state' });
  await other.dispose();
});

test('a model in training is not changed or freed by others', async () => {
  const model = untrained();
  const training = fit(engine, model, data, shortTraining);
  await training.next();
  const busy = expect.objectContaining({ code: 'model-busy' });
  expect(() => model.setTensor('layers.1.bias', new Float32Array(3))).toThrow(busy);
  expect(() => model.free()).toThrow(busy);
  await expect(evaluate(engine, model, data)).rejects.toEqual(busy);
  await expect(fit(engine, model, data, shortTraining).next()).rejects.toEqual(busy);
  await training.return();
  model.setTensor('layers.1.bias', new Float32Array(3));
});

describe('abort', () => {
  const reason = new Error('enough');

  test.each([
    ['evaluate', (model, signal) => evaluate(engine, model, data, { signal })],
    ['certify', (model, signal) => certify(engine, model, data, { region: linf(0.1), signal })],
    ['fit', (model, signal) => finished(fit(engine, model, data, { ...shortTraining, signal }))],
  ])('%s, before and during', async (_, call) => {
    const model = untrained();
    const aborted = { name: 'CertispikeError', code: 'aborted', cause: reason };
    await expect(call(model, AbortSignal.abort(reason))).rejects.toMatchObject(aborted);
    const controller = new AbortController();
    whenJobIsSent(() => controller.abort(reason));
    await expect(call(model, controller.signal)).rejects.toMatchObject(aborted);
    // The model is free again, and the workers take new work.
    whenJobIsSent(() => {});
    await evaluate(engine, model, data);
    model.free();
  });
});

test('weights that change between calls reach the workers', async () => {
  const model = untrained();
  const before = await evaluate(engine, model, data);
  model.setTensor('layers.1.bias', Float32Array.of(1, 0, 0));
  const after = await evaluate(engine, model, data);
  expect(after.scores).not.toEqual(before.scores);
  expect(after.predictions.every((prediction) => prediction === 0)).toBe(true);
});

test('the memory of every worker can be seen, and what worked took some', async () => {
  const { workers, callingThread } = engine.memory();
  expect(workers).toHaveLength(2);
  const network = sdk.network({ input: sdk.direct([1, 6, 6]), layers: [sdk.linear(60_000), sdk.linear(3)] });
  await evaluate(engine, engine.createModel(network), data, { limit: 8 });
  const after = engine.memory();
  const grown = after.workers.map((bytes, index) => bytes - workers[index]);
  // One worker did the work: its copy of the weights is nine megabytes.
  expect(grown.filter((bytes) => bytes > 9e6)).toHaveLength(1);
  expect(grown).toContain(0);
  expect(after.callingThread).toBeGreaterThanOrEqual(Math.max(9e6, callingThread));
  await started[0].terminate();
  expect(engine.memory().workers).toContain(0);
});
