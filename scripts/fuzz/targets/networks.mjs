// Networks of other frameworks: archives, pickles inside whole archives, graphs; and what was found against networks.
import { readFileSync } from 'node:fs';
import { adversarialFromBytes, adversarialToBytes, flips, isCertispikeError, linf } from '@certispike/sdk';
import { convert } from '@certispike/sdk/convert';
import { dictionary, floats, op, pickle, stored, tensor } from '../../../test/convert/torch-file.mjs';

const traces = new URL('../../../test/convert/traces/', import.meta.url);
const fixture = (name) => new Uint8Array(readFileSync(new URL(name, traces)));
const options = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, traces), 'utf8')).options;

const codes = new Set([
  'invalid-model-file',
  'cannot-convert',
  'invalid-checkpoint',
  'invalid-description',
  'invalid-value',
  'unsupported',
]);
const isRefusal = (error) => isCertispikeError(error) && codes.has(error.code);

/** Bytes of the numbers of a converted network, which have to be finite. */
async function read(bytes, how = {}) {
  const { tensors } = await convert(bytes, how);
  let size = 0;
  for (const [name, values] of tensors) {
    if (!values.every(Number.isFinite)) throw new Error(`${name} is not finite`);
    size += values.byteLength;
  }
  return size;
}

const states = ['snntorch-fc-grid', 'snntorch-conv-grid', 'spikingjelly-fc-parametric'];

/** A state dict by whichever description fits it. */
async function readState(bytes) {
  let refused;
  for (const name of states) {
    try {
      return await read(bytes, options(name));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused = error;
    }
  }
  throw refused;
}

const entries = {
  'fc1.weight': tensor({ key: '0', length: 12, shape: [3, 4] }),
  'fc1.bias': tensor({ key: '1', length: 3, shape: [3] }),
};
const records = { 'data/0': floats(Array(12).fill(0.5)), 'data/1': floats([1, 2, 3]) };
const neuron = { type: 'LIF', threshold: 1, leak: 0.5, reset: 'hard' };
const described = {
  framework: 'pytorch',
  input: { shape: [4, 1, 1], encoding: 'direct', steps: 3 },
  layers: [{ type: 'Linear', name: 'fc1' }, neuron],
};

/** A pickle in an archive that is whole. */
const readPickle = (bytes) => read(stored({ 'data.pkl': bytes, ...records }), { layers: described });

const graphs = () => ['norse-graph.nir', 'snntorch-graph.nir', 'spikingjelly-graph-if.nir'].map(fixture);

/** A graph, by the convention that takes most of them. */
const readGraph = (bytes) => read(bytes, { convention: 'nir', dt: 0.0001 });

/** Adversarial examples of pixels and of spikes. */
function examples() {
  const shape = [1, 2, 3];
  const terms = {
    shape,
    steps: 2,
    seed: 1,
    presentation: 0,
    attackSeed: 0,
    fingerprint: 'ab',
    stages: [{ name: 'pgd' }],
  };
  const one = (index, size) => {
    const clean = Float32Array.from({ length: size }, (_, place) => (place + index) % 2);
    return { index, sample: index, label: 1, prediction: 0, stage: 0, clean, values: clean.map((value) => 1 - value) };
  };
  const pixels = { ...terms, kind: 'pixels', region: linf(1), adversarial: [one(0, 6), one(3, 6)] };
  const spikes = { ...terms, kind: 'spikes', region: flips(12), adversarial: [one(1, 12)] };
  return Promise.all([pixels, spikes].map((set) => adversarialToBytes(set)));
}

const exampleFiles = await examples();

/** Bytes of the inputs of a file of adversarial examples. */
async function readExamples(bytes) {
  const { adversarial } = await adversarialFromBytes(bytes);
  const inputs = adversarial.flatMap(({ clean, values }) => [clean, values]);
  if (!inputs.every((values) => values.every(Number.isFinite))) throw new Error('an input is not finite');
  return inputs.reduce((size, values) => size + values.byteLength, 0);
}

export const targets = [
  { name: 'adversarial', files: () => exampleFiles, read: readExamples, isRefusal, multiple: 16, extra: 2 ** 20 },
  {
    name: 'pytorch',
    files: () => states.map((name) => fixture(`${name}.pth`)),
    read: readState,
    isRefusal,
    multiple: 4,
    extra: 2 ** 20,
  },
  {
    name: 'pickle',
    files: () => [
      pickle(dictionary(entries)),
      pickle(dictionary({ epoch: op.int(3), state_dict: dictionary(entries), best: op.float(0.5) })),
      // Damage here and there does not matter.
      pickle(dictionary({ state_dict: dictionary(entries), notes: op.text('as they were '.repeat(100)) })),
    ],
    read: readPickle,
    isRefusal,
    multiple: 4,
    extra: 2 ** 20,
  },
  // Arrays may be compressed, grouped convolutions unfold.
  { name: 'nir', files: graphs, read: readGraph, isRefusal, multiple: 32, extra: 2 ** 24 },
];
