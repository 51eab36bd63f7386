import { readFileSync, writeFileSync } from 'node:fs';
import * as sdk from '@certispike/sdk';
import { temporaryFolder } from './folder.mjs';
import { recordings, spikeNetwork } from './recordings.mjs';
import { convNetwork, denseNetwork, digest, finished, shape, stripes } from './toy.mjs';

const { arrays, attack, audit, certify, createEngine, evaluate, fit, flips, linf, replay, shift } = sdk;
const failed = (code, message) => expect.objectContaining({ code, message: expect.stringMatching(message) });
const seed = 7;

let engine, folder;
const models = {};
const sources = { pixels: arrays(stripes(61, 2)), spikes: arrays(recordings(61, 2)) };

/** A model, a source and a region for every kind of attack. */
const grounds = [
  ['pixels of a rate code', 'natural', 'pixels', linf(0.06)],
  ['pixels as they are', 'direct', 'pixels', linf(0.1)],
  ['pixels, after robust training', 'robust', 'pixels', linf(0.03)],
  ['flips of given spikes', 'spikes', 'spikes', flips(2)],
  ['flips of drawn spikes', 'natural', 'pixels', flips(3)],
  ['shifts of given spikes', 'spikes', 'spikes', shift(12, { steps: 3, merge: true })],
];

beforeAll(async () => {
  [engine, folder] = [await createEngine({ workers: 2 }), await temporaryFolder()];
  const trained = async (name, network, source, options) => {
    models[name] = engine.createModel(network, { seed: 3, initialisation: 'ibp' });
    await finished(fit(engine, models[name], arrays(source), { epochs: 8, learningRate: 5e-3, seed: 5, ...options }));
  };
  const natural = { method: 'natural', batchSize: 20 };
  await trained('natural', denseNetwork(sdk), stripes(90, 1), natural);
  const direct = sdk.network({ ...convNetwork(sdk), input: sdk.direct(shape, { steps: 5 }) });
  await trained('direct', direct, stripes(90, 1), { ...natural, epochs: 12 });
  await trained('robust', denseNetwork(sdk), stripes(90, 1), { method: 's-ibp', epsilon: 0.03, batchSize: 20 });
  await trained('spikes', spikeNetwork(), recordings(200, 1), { ...natural, epochs: 20 });
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

const run = (name, kind, region, options = {}, by = engine) =>
  attack(by, models[name], sources[kind], { region, seed, ...options });

describe.each(grounds)('%s', (_, name, kind, region) => {
  let result, certificate;
  beforeAll(async () => {
    result = await run(name, kind, region, { attack: 'standard' });
    certificate = await certify(engine, models[name], sources[kind], { region, seed });
  });

  test('clean <= attacked <= certified, image by image', () => {
    const { correct, tried, fooled, samples, labels } = result.perExample;
    expect(samples).toEqual(certificate.perExample.samples);
    expect(labels).toEqual(certificate.perExample.labels);
    expect(correct).toEqual(certificate.perExample.correct);
    expect(tried).toEqual(correct);
    for (const index of correct.keys()) {
      expect(fooled[index]).toBeLessThanOrEqual(correct[index]);
      expect(fooled[index] + certificate.perExample.certified[index]).toBeLessThanOrEqual(1);
    }
    expect(audit(certificate, result)).toEqual([]);
    expect(result.cleanError).toBe(certificate.cleanError);
    expect(result.attackedError).toBeGreaterThanOrEqual(result.cleanError);
    expect(result.attackedError).toBeLessThanOrEqual(certificate.certifiedError.best);
  });

  test('someone is fooled, or all are certified', () => {
    const open = result.perExample.correct.filter((flag, index) => flag && !certificate.perExample.certified[index]);
    if (open.length > 3) expect(result.adversarial.length).toBeGreaterThan(0);
  });

  test('totals are those of the examples, and each stage tries what the ones before left', () => {
    const { perExample, stages, adversarial, examples } = result;
    const count = (flags) => flags.reduce((sum, flag) => sum + flag, 0);
    expect(result.attackedError).toBeCloseTo(
      (examples - count(perExample.correct) + count(perExample.fooled)) / examples,
      12,
    );
    expect(adversarial).toHaveLength(count(perExample.fooled));
    let open = count(perExample.tried);
    stages.forEach((stage, index) => {
      expect(stage.tried).toBe(open);
      expect(stage.fooled).toBe([...perExample.stage].filter((of) => of === index).length);
      if (stage.tried > 0) expect(stage.passes).toBeGreaterThan(0);
      open -= stage.fooled;
    });
    expect(adversarial.map(({ index }) => index)).toEqual(
      [...perExample.fooled.keys()].filter((i) => perExample.fooled[i]),
    );
    for (const { index, sample, label, prediction, stage } of adversarial) {
      expect([sample, label]).toEqual([perExample.samples[index], perExample.labels[index]]);
      expect([prediction, stage]).toEqual([perExample.predictions[index], perExample.stage[index]]);
      expect(perExample.margins[index]).toBeLessThanOrEqual(0);
    }
  });

  test('every success holds when it is tried again, from a file', async () => {
    const path = folder.at('examples.safetensors');
    await sdk.saveAdversarial(result, path, { notes: { about: name } });
    const stored = await sdk.loadAdversarial(path);
    expect(stored.adversarial).toEqual(result.adversarial);
    expect(stored).toMatchObject({ region, steps: result.steps, seed, kind: result.kind, notes: { about: name } });
    const again = await replay(engine, models[name], stored);
    expect(again).toMatchObject({ examples: result.adversarial.length, holding: result.adversarial.length });
    expect(again.isSameModel).toBe(true);
    expect([...again.perExample.predictions]).toEqual(result.adversarial.map(({ prediction }) => prediction));
    const most = region.kind === 'linf' ? region.epsilon : 2 * region.budget;
    for (const distance of again.perExample.distances) {
      expect(distance).toBeGreaterThan(0);
      expect(distance).toBeLessThanOrEqual(most * (1 + 1e-6));
    }
  });

  test('the number of workers and the batch size change nothing', async () => {
    const bits = ({ perExample, adversarial, stages }) => [
      digest(...Object.values(perExample)),
      digest(...adversarial.flatMap(({ clean, values }) => [clean, values])),
      stages.map(({ tried, fooled, zeroGradients, passes }) => [tried, fooled, zeroGradients, passes]),
    ];
    const expected = bits(await run(name, kind, region, { attack: 'quick' }));
    for (const batchSize of [1, 7, 1000]) {
      expect(bits(await run(name, kind, region, { attack: 'quick', batchSize }))).toEqual(expected);
    }
    const bytes = await sdk.modelToBytes(models[name]);
    for (const workers of [1, 4]) {
      const other = await createEngine({ workers });
      const model = await sdk.modelFromBytes(other, bytes);
      const same = await attack(other, model, sources[kind], { region, seed, attack: 'quick' });
      await other.dispose();
      expect(bits(same)).toEqual(expected);
    }
  });
});

describe('what is attacked', () => {
  test('only those that are named, and no one who is wrong already', async () => {
    const all = await run('natural', 'pixels', linf(0.1), { attack: 'fgsm' });
    const only = Uint8Array.from(all.perExample.correct, (_, index) => Number(index % 3 === 0));
    const some = await run('natural', 'pixels', linf(0.1), { attack: 'fgsm', only });
    expect([...some.perExample.tried]).toEqual([...only].map((flag, i) => flag * all.perExample.correct[i]));
    expect([...some.perExample.fooled]).toEqual([...only].map((flag, i) => flag * all.perExample.fooled[i]));
    some.perExample.tried.forEach((flag, index) => {
      if (flag === 1) expect(some.perExample.margins[index]).toBe(all.perExample.margins[index]);
      else expect(some.perExample.stage[index]).toBe(sdk.noStage);
    });
  });

  test('a limit takes the first ones, keep the first adversarial ones', async () => {
    const all = await run('natural', 'pixels', linf(0.1), { attack: 'pgd' });
    const first = await run('natural', 'pixels', linf(0.1), { attack: 'pgd', limit: 20 });
    expect(first.examples).toBe(20);
    expect(first.perExample.fooled).toEqual(all.perExample.fooled.slice(0, 20));
    const kept = await run('natural', 'pixels', linf(0.1), { attack: 'pgd', keep: 2, batchSize: 3 });
    expect(kept.adversarial).toEqual(all.adversarial.slice(0, 2));
    expect(kept.perExample).toEqual(all.perExample);
  });

  test('the clean input is the one the data set or the rate code shows', async () => {
    const { adversarial } = await run('natural', 'pixels', linf(0.1), { attack: 'pgd' });
    const { images } = stripes(61, 2);
    for (const { sample, clean } of adversarial) expect(clean).toEqual(images.slice(36 * sample, 36 * (sample + 1)));
    const drawn = await sdk.inputSpikes(engine, models.natural, sources.pixels, { seed });
    expect([drawn.examples, drawn.steps, drawn.shape]).toEqual([61, 5, shape]);
    const flipped = await run('natural', 'pixels', flips(3), { attack: 'greedy-flips' });
    for (const { index, clean } of flipped.adversarial) {
      expect([...clean]).toEqual([...drawn.spikes.subarray(180 * index, 180 * (index + 1))]);
    }
    // Pixels above the draw spike: as often as they are bright.
    const share = drawn.spikes.reduce((sum, spike) => sum + spike, 0) / drawn.spikes.length;
    const bright = images.reduce((sum, pixel) => sum + pixel, 0) / images.length;
    expect(Math.abs(share - bright)).toBeLessThan(0.02);
    await expect(sdk.inputSpikes(engine, models.direct, sources.pixels)).rejects.toEqual(
      failed('unsupported', /^network\.input\.encoding: expected 'rate' or 'spikes', got "direct"/),
    );
  });

  test('a region of nothing fools no one, a large one everyone', async () => {
    const nothing = await run('natural', 'pixels', linf(0), { attack: 'quick' });
    expect(nothing.attackedError).toBe(nothing.cleanError);
    const { cleanError } = await evaluate(engine, models.natural, sources.pixels, { seed });
    expect(nothing.cleanError).toBe(cleanError);
    expect((await run('natural', 'pixels', linf(0.6), { attack: 'standard' })).attackedError).toBe(1);
  });

  test('more is found in a larger region, and with fresh draws less than with those that are judged', async () => {
    const errors = [];
    for (const epsilon of [0.01, 0.04, 0.12]) {
      errors.push((await run('natural', 'pixels', linf(epsilon), { attack: 'standard' })).attackedError);
    }
    expect(errors).toEqual([...errors].sort((a, b) => a - b));
    expect(errors[2]).toBeGreaterThan(errors[0]);
    const fixed = await run('natural', 'pixels', linf(0.06), { attack: 'pgd' });
    const fresh = await run('natural', 'pixels', linf(0.06), { attack: 'pgd', draws: { kind: 'fresh', samples: 4 } });
    expect(fresh.attackedError).toBeGreaterThanOrEqual(fresh.cleanError);
    expect(fresh.attackedError).toBeLessThanOrEqual(fixed.attackedError);
  });

  test('progress ends with every stage complete; an abort ends it', async () => {
    const seen = [];
    await run('natural', 'pixels', linf(0.02), { attack: 'quick', onProgress: (progress) => seen.push(progress) });
    expect(seen[0]).toMatchObject({ stage: 'clean', index: -1 });
    expect(seen.filter(({ index }) => index === -1).at(-1)).toMatchObject({ done: 61, total: 61 });
    expect(seen.at(-1)).toMatchObject({ done: seen.at(-1).total });
    const controller = new AbortController();
    const aborted = run('natural', 'pixels', linf(0.02), {
      signal: controller.signal,
      onProgress: ({ index }) => index === 0 && controller.abort(),
    });
    await expect(aborted).rejects.toEqual(failed('aborted', /aborted/));
  });

  test('a gradient of zero everywhere is counted, example by example', async () => {
    const { network } = models.natural;
    const model = engine.createModel(network);
    const { name, shape: sizes } = model.tensors()[0];
    // No membrane comes near its threshold for the narrowest surrogate.
    model.setTensor(name, new Float32Array(sizes.reduce((a, b) => a * b)).fill(0));
    const bias = new Float32Array(3).fill(-1);
    bias[sources.pixels.classes - 1] = 1;
    model.setTensor(model.tensors().at(-1).name, bias);
    const surrogates = [{ kind: 'rectangular', width: 1e-5 }];
    const result = await attack(engine, model, sources.pixels, { region: linf(0.1), seed, attack: 'pgd', surrogates });
    const tried = result.perExample.tried.reduce((sum, flag) => sum + flag, 0);
    expect(tried).toBeGreaterThan(0);
    expect(result.stages[0].zeroGradients).toBe(tried);
    expect(result.perExample.zeroGradient).toEqual(result.perExample.tried);
    expect(result.attackedError).toBe(result.cleanError);
    model.free();
  });
});

describe('an attack against a certificate', () => {
  let result, certificate;
  beforeAll(async () => {
    result = await run('natural', 'pixels', linf(0.08), { attack: 'quick' });
    certificate = await certify(engine, models.natural, sources.pixels, { region: linf(0.08), seed });
  });

  /** The certificate with the margins of one example replaced. */
  const forged = (index, { sIbp, sCrown }) => {
    const perExample = { ...certificate.perExample };
    for (const [name, margins] of Object.entries({ sIbp, sCrown, best: sIbp.map((m, i) => Math.max(m, sCrown[i])) })) {
      perExample[name] = perExample[name].slice();
      perExample[name].set(margins, 2 * index);
    }
    perExample.certified = perExample.certified.slice();
    perExample.certified[index] = 1;
    return { ...certificate, perExample };
  };

  test('a certified example that is fooled names the bound that is wrong', () => {
    const [example] = result.adversarial;
    const { index, label, prediction, sample } = example;
    expect(prediction).not.toBe(label);
    const rival = prediction - Number(prediction > label);
    const sCrown = [-1, -1];
    sCrown[1 - rival] = 1;
    const [found, ...others] = audit(forged(index, { sIbp: [0.5, 0.5], sCrown }), result);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      index,
      label,
      sample,
      prediction,
      kind: 'fooled',
      bounds: [{ bound: 's-ibp', margin: 0.5 }],
    });
    expect(found.example).toEqual(example);
    expect(sdk.describeContradiction(found)).toMatch(
      /^example \d+ was certified as class \d and is fooled into class \d inside the region: unsound is s-ibp \(margin at least 0\.5\)$/,
    );
    const both = audit(forged(index, { sIbp: [0.5, 0.5], sCrown: [0.25, 0.25] }), result);
    expect(both[0].bounds.map(({ bound }) => bound)).toEqual(['s-ibp', 's-crown']);
  });

  test('so does a margin below its bound, where no one is fooled', () => {
    const index = [...result.perExample.tried.keys()].find(
      (i) => result.perExample.tried[i] === 1 && result.perExample.fooled[i] === 0,
    );
    const promised = [10, 10];
    expect(audit(forged(index, { sIbp: [-1, -1], sCrown: promised }), result)).toMatchObject([
      { index, kind: 'margin', bounds: [{ bound: 's-crown', margin: 10 }] },
    ]);
  });

  test.each([
    [
      'another region',
      { region: linf(0.01) },
      /^attack\.region\.epsilon: expected that of the certificate \(0\.01\), got 0\.08/,
    ],
    ['other draws', { seed: 8 }, /^attack\.seed: expected that of the certificate \(8\), got 7/],
  ])('%s cannot be compared', (_, change, message) => {
    expect(() => audit({ ...certificate, ...change }, result)).toThrow(failed('invalid-state', message));
  });
});

describe('adversarial examples in files', () => {
  let result;
  beforeAll(async () => (result = await run('natural', 'pixels', linf(0.08), { attack: 'pgd' })));

  test('one that was changed no longer holds', async () => {
    const [first, ...others] = result.adversarial;
    const clean = { ...first, values: first.clean };
    const far = { ...first, values: first.clean.map((pixel) => pixel + 0.2) };
    const { perExample, holding } = await replay(engine, models.natural, {
      ...result,
      adversarial: [clean, far, ...others],
    });
    expect([...perExample.contained.slice(0, 2)]).toEqual([1, 0]);
    expect(perExample.fooled[0]).toBe(0);
    expect(holding).toBe(others.length);
  });

  test('another model is told from the one that was attacked', async () => {
    const other = engine.createModel(models.natural.network, { seed: 9 });
    expect(sdk.fingerprint(other)).not.toBe(sdk.fingerprint(models.natural));
    expect((await replay(engine, other, result)).isSameModel).toBe(false);
    other.free();
    await expect(replay(engine, models.spikes, result)).rejects.toEqual(
      failed('invalid-value', /^examples\.region\.kind: expected flips, sampled or shift/),
    );
    const wide = engine.createModel(sdk.network({ input: sdk.rate([1, 2, 2]), layers: [sdk.linear(3)] }));
    await expect(replay(engine, wide, result)).rejects.toEqual(
      failed('network-mismatch', /^examples: expected inputs of 1 x 2 x 2 \(the network's\), got 1 x 6 x 6/),
    );
    wide.free();
  });

  test('none at all is a file, too', async () => {
    const bytes = await sdk.adversarialToBytes({ ...result, adversarial: [] });
    const stored = await sdk.adversarialFromBytes(bytes);
    expect(stored.adversarial).toEqual([]);
    expect(await replay(engine, models.natural, stored)).toMatchObject({ examples: 0, holding: 0 });
  });

  test('damaged and foreign files are refused', async () => {
    const path = folder.at('damaged.safetensors');
    await sdk.saveAdversarial(result, path);
    const bytes = readFileSync(path);
    for (const length of [0, 7, 100, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length));
      await expect(sdk.loadAdversarial(path)).rejects.toEqual(failed('invalid-checkpoint', /damaged\.safetensors: /));
    }
    const model = await sdk.modelToBytes(models.natural);
    await expect(sdk.adversarialFromBytes(model)).rejects.toEqual(
      failed('invalid-checkpoint', /^examples: metadata\.kind: expected 'adversarial', got "model"/),
    );
    await expect(sdk.modelFromBytes(engine, await sdk.adversarialToBytes(result))).rejects.toEqual(
      failed('invalid-checkpoint', /kind/),
    );
    await expect(sdk.loadAdversarial(folder.at('nowhere'))).rejects.toEqual(failed('file-not-found', /nowhere/));
  });
});

describe('mistakes', () => {
  const ball = linf(0.1);
  test.each([
    ['no region', {}, 'invalid-description', /^options\.region: expected a value, got nothing/],
    [
      'an unknown attack',
      { region: ball, attack: 'magic' },
      'invalid-value',
      /^options\.attack: expected one of 'standard'/,
    ],
    ['no stages', { region: ball, attack: [] }, 'invalid-value', /^options\.attack: expected at least one stage/],
    [
      'an unknown method',
      { region: ball, attack: [{ method: { kind: 'x' } }] },
      'invalid-description',
      /^options\.attack\[0\]\.method/,
    ],
    [
      'a step of nothing',
      { region: ball, attack: [{ method: { kind: 'pgd', stepSize: 0 } }] },
      'invalid-value',
      /^options\.attack\[0\]\.method\.stepSize: expected a number from 0\.001 to 10, got 0/,
    ],
    [
      'a parameter of another method',
      { region: ball, attack: [{ method: { kind: 'fgsm', share: 1 } }] },
      'invalid-description',
      /method\.share: there is no such field/,
    ],
    [
      'no iterations',
      { region: ball, iterations: 0 },
      'invalid-value',
      /^options\.iterations: expected a whole number from 1/,
    ],
    [
      'no surrogate',
      { region: ball, surrogates: [] },
      'invalid-value',
      /^options\.surrogates: expected 1 to 32 surrogates/,
    ],
    [
      'flips of pixels',
      { region: ball, attack: 'greedy-flips' },
      'invalid-value',
      /^options\.attack: expected fgsm, pgd, apgd, square, coordinate, as the region is linf, got greedy-flips/,
    ],
    [
      'a ball of spikes',
      { region: flips(1), attack: [{ method: 'pgd' }] },
      'invalid-value',
      /^options\.attack\[0\]: expected greedy-flips.*as the region is flips, got pgd/,
    ],
    ['flips for shifts', { region: shift(1), attack: 'pgd-flips' }, 'invalid-value', /expected greedy-shifts/],
    [
      'fresh draws of a search',
      { region: ball, attack: 'square', draws: { kind: 'fresh' } },
      'invalid-value',
      /draws: expected fixed, as fresh draws are for fgsm, pgd, apgd, got fresh for square/,
    ],
    [
      'too short a choice',
      { region: ball, only: new Uint8Array(3) },
      'invalid-shape',
      /^options\.only\.length: expected one per example \(61\), got 3/,
    ],
    ['an attack seed below 0', { region: ball, attackSeed: -1 }, 'invalid-value', /^options\.attackSeed/],
    ['an unknown field', { region: ball, power: 9 }, 'invalid-description', /^options\.power: there is no such field/],
  ])('%s', async (_, options, code, message) => {
    await expect(attack(engine, models.natural, sources.pixels, options)).rejects.toEqual(failed(code, message));
  });

  test('fresh draws where nothing is drawn', async () => {
    const draws = { kind: 'fresh', samples: 2 };
    await expect(run('direct', 'pixels', ball, { attack: 'pgd', draws })).rejects.toEqual(
      failed(
        'invalid-value',
        /^options\.draws: expected fixed, as the network's input is not rate-coded \(direct\), got fresh/,
      ),
    );
  });

  test('spikes cannot be attacked as pixels', async () => {
    await expect(run('spikes', 'spikes', ball)).rejects.toEqual(failed('invalid-value', /^options\.region\.kind/));
  });
});
