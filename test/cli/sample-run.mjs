import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const versions = { certispike: '0.1.0', core: 'test', node: process.versions.node };
const interval = (share) => [Math.max(0, share - 0.02), Math.min(1, share + 0.02)];

/** A number from 0 to 1 that depends on its place only. */
const noise = (place) => {
  const wave = Math.sin(place * 12.9898) * 43758.5453;
  return wave - Math.floor(wave);
};

/**
 * Writes the folder of a run as `certispike reproduce` would leave it, with numbers that are made up: networks that are
 * more robust the later they come. Nothing is trained.
 * @param {string} folder
 * @param {{ units?: string[], examples?: number, quick?: boolean, complete?: boolean }} options names such as
 *   `fc-mnist-natural`
 */
export function writeSampleRun(
  folder,
  { units = ['fc-mnist-natural', 'fc-mnist-s-ibp'], examples = 60, quick = true, complete = true } = {},
) {
  mkdirSync(folder, { recursive: true });
  write(join(folder, 'run.json'), {
    format: 'certispike-run',
    version: 1,
    title: 'A made-up run',
    quick,
    remarks: quick ? ['Trained on a few images only.'] : [],
    units,
    versions,
    command: 'certispike reproduce --quick',
  });
  for (const [index, name] of units.entries()) {
    const unit = join(folder, name);
    mkdirSync(unit, { recursive: true });
    const robust = !name.includes('natural');
    write(join(unit, 'training.json'), history(robust));
    const sizes = [0.02, 0.04, 0.06, 0.08];
    const results = sizes.map((size) => result(unit, { size, examples, strength: robust ? 0.1 + index : 0.01 }));
    write(join(unit, 'unit.json'), unitRecord({ name, robust, results, quick, complete }));
  }
  return folder;
}

function unitRecord({ name, robust, results, quick, complete }) {
  const [network, data, ...method] = name.split(/[-.]/);
  return {
    ...{ format: 'certispike-unit', version: 1, name, title: name.replaceAll('-', ' '), network, data, input: 'rate' },
    readout: robust ? 'membrane' : 'rate',
    method: method.join('-'),
    recipe_name: robust ? 'best' : 'natural',
    recipe: { data, network, method: method.join('-'), epochs: 3, seed: 1 },
    ...{ seed: 1, quick, complete, command: `certispike reproduce --only ${name}`, parameters: 535818 },
    recordings: null,
    energy: energy(robust),
    training: { epochs: 3, steps: 90, seconds: 12, validation: null, kept: 'last' },
    results,
    versions,
  };
}

function energy(robust) {
  const spikes = Array.from({ length: 10 }, () => (robust ? 40 : 90));
  const counts = { accumulates: robust ? 150000 : 350000, multiply_accumulates: 0 };
  return {
    ...{ examples: 10, steps: 10, seed: 0, ...counts, spikes: robust ? 400 : 900, dense: 535040 },
    input: { kind: 'spikes', size: 784, spikes: spikes.map(() => 101) },
    layers: [512, 256, 10].map((neurons, index) => ({
      ...{ index, layer: `linear ${neurons}`, neurons, synapses: 1000, dense: 1000, spikes, rate: 0.1, ...counts },
    })),
    readout: null,
    energy: { picojoules: 0.9 * counts.accumulates, conventional_picojoules: 2461184, figures: '45 nm CMOS' },
  };
}

function history(robust) {
  const epochs = [1, 2, 3].map((epoch) => ({
    ...{ epoch, loss: 2 / epoch, natural_loss: null, certified_loss: null },
    ...{ epsilon: robust ? 0.02 * epoch : null, kappa: robust ? 1 - 0.2 * epoch : null, learning_rate: 1e-3 },
    ...{ clean_error: 0.3 / epoch, certified_error: robust ? 0.9 / epoch : null },
    validation: { clean_error: 0.2 / epoch, certified_error: robust ? 0.8 / epoch : null },
  }));
  const start = robust ? { recipe: { method: 's-ibp' }, epochs: epochs.slice(0, 2) } : null;
  return { format: 'certispike-training', version: 1, epochs, seconds: 12, start };
}

function result(unit, { size, examples, strength }) {
  const index = Array.from({ length: examples }, (_, place) => place);
  const correct = index.map((place) => Number(noise(place) > 0.05));
  const sIbp = index.map((place) => noise(place + 500) * strength * 4 - size * 5);
  const sCrown = index.map((place) => noise(place + 900) * strength * 3 - size * 5);
  const margin = index.map((place) => Math.max(sIbp[place], sCrown[place]));
  const certified = index.map((place) => Number(correct[place] === 1 && margin[place] > 0));
  const tried = index.map((place) => Number(correct[place] === 1 && certified[place] === 0));
  const fooled = index.map((place) => Number(tried[place] === 1 && noise(place + 700) < 0.6));
  const count = (array) => array.reduce((sum, value) => sum + value, 0);
  const clean = (examples - count(correct)) / examples;
  const attacked = clean + count(fooled) / examples;
  const proved = (margins) => count(index.map((place) => Number(correct[place] === 1 && margins[place] > 0)));
  const [sIbpError, sCrownError] = [sIbp, sCrown].map((margins) => (examples - proved(margins)) / examples);
  const certifiedError = (examples - count(certified)) / examples;
  const name = `linf-${size}-t10-s0`;
  write(join(unit, `${name}.json`), {
    ...{ sample: index, label: index.map((place) => place % 10), prediction: index.map((place) => place % 10) },
    ...{ correct, certified, margin_s_ibp: sIbp, margin_s_crown: sCrown, margin },
    attack_margin: index.map((place) => (tried[place] === 1 ? (fooled[place] === 1 ? -0.1 : 0.1) : null)),
    ...{ tried, fooled },
  });
  return {
    ...{ name, purpose: size === 0.06 ? 'table' : 'epsilon', region: `linf:${size}`, size },
    region_full: { kind: 'linf', epsilon: size, clip: false },
    ...{ steps: 10, seed: 0, examples, clean_error: clean, attacked_error: attacked, certified_error: certifiedError },
    ...{ s_ibp_error: sIbpError, s_crown_error: sCrownError },
    intervals: {
      ...{ clean: interval(clean), attacked: interval(attacked), certified: interval(certifiedError) },
      ...{ s_ibp: interval(sIbpError), s_crown: interval(sCrownError) },
    },
    attack: {
      ...{ attack: 'standard', attack_seed: 0, tried: count(tried), candidates: count(tried), probed_certified: 5 },
      ...{ carried: 0, fooled: count(fooled), seconds: 3, command: 'certispike attack ...' },
      stages: [
        {
          ...{ name: 'fgsm', iterations: 1, restarts: 1, tried: count(tried), fooled: count(fooled) },
          ...{ zero_gradients: 0, passes: 100, seconds: 3 },
        },
      ],
    },
    ...{ per_example: `${name}.json`, adversarial: null, seconds: 2, command: 'certispike certify ...' },
    open: {
      examples: 10,
      layers: [256, 128, 10].map((neurons, layer) => ({
        ...{ name: `linear ${neurons}`, neurons },
        steps: Array.from({ length: 10 }, (_, step) => Math.min(1, (0.02 + 0.01 * step) * (layer + 1) * 10 * size)),
      })),
    },
  };
}

function write(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
