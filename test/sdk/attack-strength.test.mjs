/** The ensembles as they are shipped, against brute force over whole regions. */
import * as sdk from '@certispike/sdk';

const { arrays, attack, audit, certify, createEngine, evaluate, flips, linear, linf, network, replay, shift } = sdk;
const shape = [1, 2, 2];
const steps = 3;
const seed = 7;

let engine;
beforeAll(async () => (engine = await createEngine({ workers: 2 })));
afterAll(() => engine.dispose());

/** A generator of numbers from 0 to 1. */
function numbers(start) {
  let state = start;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** All lists of one value each. */
const products = (values) =>
  values.reduce((lists, own) => lists.flatMap((list) => own.map((value) => [...list, value])), [[]]);

const spread = (x, epsilon, count) =>
  Array.from({ length: count }, (_, part) => x + epsilon * ((2 * part) / (count - 1) - 1));
const allSpikes = products(Array.from({ length: 4 * steps }, () => [0, 1]));

/** What is tried of a region around an example: of spikes all inputs there are, and the membership test chooses. */
const grounds = [
  {
    name: 'pixels of a rate code',
    ...{ input: sdk.rate(shape, { steps }), region: linf(0.2), models: 16 },
    members: (image) => products([...image].map((x) => spread(x, 0.2 * (1 - 1e-6), 7))),
  },
  {
    name: 'pixels as they are',
    ...{ input: sdk.direct(shape, { steps }), region: linf(0.15), models: 16 },
    members: (image) => products([...image].map((x) => spread(x, 0.15 * (1 - 1e-6), 5))),
  },
  { name: 'flips', input: sdk.spikes(shape, { steps }), region: flips(2), models: 8, members: () => allSpikes },
  {
    name: 'flips, some of them only',
    ...{ input: sdk.spikes(shape, { steps }), region: flips(3, { deletions: false, perStep: 1 }), models: 8 },
    members: () => allSpikes,
  },
  {
    name: 'shifts',
    ...{ input: sdk.spikes(shape, { steps }), region: shift(3, { steps: 2, merge: true }), models: 8 },
    members: () => allSpikes,
  },
];

/** Random networks and inputs, which are labelled with what the networks say. */
async function* subjects({ input, models }) {
  const next = numbers(5);
  for (let number = 0; number < models; number += 1) {
    const layers = [linear(6), linear(3)];
    const model = engine.createModel(network({ input, layers, readout: 'membrane' }), { seed: number });
    const isOfSpikes = input.encoding === 'spikes';
    const size = isOfSpikes ? 4 * steps : 4;
    const images = Float32Array.from({ length: 8 * size }, () => (isOfSpikes ? Number(next() < 0.4) : next()));
    const given = { shape, classes: 3, images, labels: new Uint8Array(8), ...(isOfSpikes && { steps }) };
    const { predictions } = await evaluate(engine, model, arrays(given), { seed });
    const image = (at) => images.slice(at * size, (at + 1) * size);
    yield { number, model, source: arrays({ ...given, labels: predictions }), image };
    model.free();
  }
}

/** What brute force found, by network and ground: it takes longest. */
const known = new Map();

/** Of the correct examples, 1 for those that some input of the region fools. */
async function vulnerable({ number, model, source, image }, { name, region, members }) {
  const key = `${name} ${number}`;
  if (known.has(key)) return known.get(key);
  const bare = await attack(engine, model, source, { region, seed, attack: 'quick', only: new Uint8Array(8) });
  const { correct, labels, samples } = bare.perExample;
  const found = new Uint8Array(8);
  for (let index = 0; index < 8; index += 1) {
    if (correct[index] !== 1) continue;
    const clean = image(index);
    const adversarial = members(clean).map((values) => ({
      ...{ index, sample: samples[index], label: labels[index], prediction: 0, stage: 0, clean },
      values: Float32Array.from(values),
    }));
    found[index] = Number((await replay(engine, model, { ...bare, adversarial })).holding > 0);
  }
  known.set(key, found);
  return found;
}

/** Over all networks: examples that brute force proves vulnerable, those fooled, and what the stages say. */
async function tally(ground, options = {}) {
  const sum = { vulnerable: 0, fooled: 0, stages: [] };
  for await (const subject of subjects(ground)) {
    const { model, source } = subject;
    const open = await vulnerable(subject, ground);
    const terms = { region: ground.region, seed };
    const found = await attack(engine, model, source, { ...terms, attack: 'standard', ...options });
    const certificate = await certify(engine, model, source, terms);
    expect(audit(certificate, found)).toEqual([]);
    for (const [index, flag] of open.entries()) {
      // Brute force, too, finds nothing where a bound proves that there is nothing.
      expect(flag + certificate.perExample.certified[index]).toBeLessThan(2);
      if (ground.input.encoding === 'spikes') expect(found.perExample.fooled[index]).toBeLessThanOrEqual(flag);
      sum.vulnerable += flag;
      sum.fooled += flag * found.perExample.fooled[index];
    }
    sum.stages.push(found.stages);
  }
  return sum;
}

test.each(grounds)('$name: the standard attack finds what there is, in 95 of 100 cases', async (ground) => {
  const { vulnerable, fooled } = await tally(ground);
  expect(vulnerable).toBeGreaterThan(20);
  expect(fooled).toBeGreaterThanOrEqual(0.95 * vulnerable);
});

test.each(grounds.filter(({ input }) => input.encoding !== 'direct'))(
  '$name: where every gradient is zero this is said, and searches without gradients still find most of it',
  async (ground) => {
    const surrogates = [{ kind: 'rectangular', width: 1e-5 }];
    const { vulnerable, fooled, stages } = await tally(ground, { surrogates });
    const blind = /random|square|coordinate-|no gradient/;
    for (const { name, tried, zeroGradients } of stages.flat()) {
      expect([name, zeroGradients]).toEqual([name, blind.test(name) ? 0 : tried]);
    }
    expect(fooled).toBeGreaterThanOrEqual(0.85 * vulnerable);
  },
);
