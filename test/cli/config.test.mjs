import { readdir, readFile, writeFile } from 'node:fs/promises';
import { certispike, temporaryFolder } from './run-cli.mjs';

let folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

async function printConfig(...args) {
  const { status, stdout, stderr } = await certispike(['train', '--print-config', ...args]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

async function file(name, value) {
  await writeFile(folder.at(name), typeof value === 'string' ? value : JSON.stringify(value));
  return folder.at(name);
}

describe('recipes', () => {
  test('flag wins over file, file over preset, field by field', async () => {
    const path = await file('recipe.json', { epochs: 7, seed: 3 });
    const config = await printConfig('--preset', 'mnist-fc-rate', '--config', path, '--seed', '5');
    expect(config).toMatchObject({ method: 's-ibp', epochs: 7, seed: 5, epsilon: { kind: 'linear', to: 0.06 } });
  });

  test('a file may name its preset, and a flag another', async () => {
    const path = await file('preset.json', { preset: 'mnist-fc-rate', epochs: 2 });
    expect(await printConfig('--config', path)).toMatchObject({ readout: 'rate', epochs: 2 });
    const other = await printConfig('--config', path, '--preset', 'mnist-fc-rate-membrane');
    expect(other).toMatchObject({ readout: 'membrane', epochs: 2 });
  });

  test('what --print-config prints can be read back', async () => {
    const printed = await printConfig('--preset', 'mnist-conv-rate', '--beta', '0.5');
    expect(await printConfig('--config', await file('printed.json', printed))).toEqual(printed);
  });

  test('every field has a flag', async () => {
    const flags = {
      data: ['folder', 'folder'],
      validation: ['10', 10],
      limit: ['100', 100],
      shifts: ['1', 1],
      network: ['conv', 'conv'],
      encoding: ['direct', 'direct'],
      steps: ['4', 4],
      readout: ['linear', 'linear'],
      initialisation: ['ibp', 'ibp'],
      warmStart: ['natural.safetensors', 'natural.safetensors'],
      seed: ['9', 9],
      method: ['s-crown-fused', 's-crown-fused'],
      epochs: ['3', 3],
      batchSize: ['64', 64],
      slices: ['2', 2],
      trainingSteps: [
        'steps:0=2,0.5=4',
        {
          kind: 'steps',
          values: [
            [0, 2],
            [0.5, 4],
          ],
        },
      ],
      certifiedSteps: ['2', 2],
      attack: ['pgd:4:0.25', { kind: 'pgd', iterations: 4, stepSize: 0.25 }],
      share: ['0.3', 0.3],
      regularisers: [
        'growth=0.5,guard=steps:0=0.1,0.5=0,tolerance=0.4',
        {
          growth: 0.5,
          guard: {
            kind: 'steps',
            values: [
              [0, 0.1],
              [0.5, 0],
            ],
          },
          tolerance: 0.4,
        },
      ],
      averaging: ['ema:0.99:0.5', { kind: 'ema', decay: 0.99, start: 0.5 }],
      epsilon: [
        'staircase:0:0.06:0:0.8:250',
        { kind: 'staircase', from: 0, to: 0.06, start: 0, end: 0.8, epochs: 250 },
      ],
      kappa: ['smooth:1:0.4:0:0.5', { kind: 'smooth', from: 1, to: 0.4, start: 0, end: 0.5 }],
      beta: ['0.5', 0.5],
      learningRate: [
        'steps:0=0.01,0.8=0.001',
        {
          kind: 'steps',
          values: [
            [0, 0.01],
            [0.8, 0.001],
          ],
        },
      ],
      optimizer: ['sgd:0.8', { kind: 'sgd', momentum: 0.8 }],
      gradientClip: ['0.25', 0.25],
      logitScale: ['1', 1],
      surrogate: ['atan:2', { kind: 'atan', width: 2 }],
      relaxation: ['joint', 'joint'],
      coupling: ['per-step', 'per-step'],
      keep: ['best', 'best'],
      validateEvery: ['2', 2],
    };
    const args = Object.entries(flags).flatMap(([field, [text]]) => [
      `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      text,
    ]);
    const expected = Object.fromEntries(Object.entries(flags).map(([field, [, value]]) => [field, value]));
    expect(await printConfig(...args)).toEqual(expected);
  });

  test('every preset file is a valid recipe and offered by its name', async () => {
    const files = await readdir(new URL('../../packages/cli/src/presets/', import.meta.url));
    const names = files.filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThanOrEqual(9);
    for (const name of names) {
      const text = await readFile(new URL(`../../packages/cli/src/presets/${name}`, import.meta.url), 'utf8');
      const config = await printConfig('--preset', name.replace('.json', ''));
      expect(config).toMatchObject(JSON.parse(text).config);
    }
  }, 180_000);

  test('every method of training has a recipe of its own, alike in all else', async () => {
    const named = (name) => printConfig('--preset', `mnist-fc-rate-${name}`);
    const shared = {
      data: 'mnist',
      network: 'fc',
      steps: 10,
      trainingSteps: 3,
      certifiedSteps: 3,
      readout: 'membrane',
    };
    for (const method of ['adversarial', 'sabr', 'mtl-ibp', 's-crown', 's-crown-fused']) {
      expect(await named(method)).toMatchObject({ ...shared, epochs: 9, method });
    }
    const { regularisers } = await named('regularised');
    expect(Object.keys(regularisers)).toEqual(['growth', 'balance']);
    expect(await named('averaged')).toMatchObject({ ...shared, method: 's-ibp', averaging: { kind: 'ema' } });
  }, 180_000);

  test.each(['mnist', 'fashion-mnist', 'nmnist'])(
    "the paper's recipes for %s are valid",
    async (data) => {
      for (const network of ['fc', 'conv']) {
        const natural = await printConfig('--preset', `${data}-${network}-paper-natural`);
        const sgd = { kind: 'sgd', momentum: 0.9 };
        expect(natural).toMatchObject({
          data,
          network,
          method: 'natural',
          epochs: 80,
          learningRate: 0.01,
          optimizer: sgd,
        });
        for (const method of ['s-ibp', 's-crown']) {
          const robust = await printConfig('--preset', `${data}-${network}-paper-${method}`);
          const recipe = {
            method,
            epochs: 300,
            certifiedSteps: 3,
            kappa: 0.4,
            learningRate: 0.0005,
            gradientClip: 0.25,
          };
          // The ramp of 250 epochs rises in three stairs in each.
          const epsilon = { kind: 'staircase', from: 0, to: 0.06, start: 0, end: 250 / 300, epochs: 250 };
          expect(robust).toMatchObject({
            data,
            network,
            readout: 'rate',
            logitScale: 1,
            optimizer: sgd,
            ...recipe,
            epsilon,
          });
        }
      }
    },
    20_000,
  );
});

describe('mistakes in a recipe', () => {
  test.each([
    [{ epochz: 3 }, 'unknown-field', /mistake\.json: epochz/],
    [{ epochs: 'three' }, 'bad-value', /epochs: expected a whole number from 1 up, got "three"/],
    [{ epochs: 0 }, 'bad-value', /epochs: expected a whole number from 1 up, got 0/],
    [{ epsilon: -1 }, 'bad-value', /epsilon: expected a number from 0 up.*got -1/],
    [
      { epsilon: { kind: 'linear', from: 0, to: 1, start: 0 } },
      'bad-value',
      /epsilon\.end: expected a value, got nothing/,
    ],
    [{ epsilon: { kind: 'bend' } }, 'bad-value', /epsilon.*constant, linear, smooth, staircase, steps/],
    [{ kappa: 1.5 }, 'bad-value', /kappa: expected a number from 0 to 1.*got 1.5/],
    [{ surrogate: { kind: 'atan', slope: 2 } }, 'unknown-field', /surrogate\.slope/],
    [{ method: 'magic' }, 'bad-value', /method: expected one of natural, s-ibp/],
    [{ preset: 'mnist' }, 'unknown-preset', /preset: expected one of mnist-.*got "mnist"/],
    [[1], 'bad-value', /JSON object/],
    ['{"epochs": 3', 'bad-json', /expected JSON/],
  ])('%j', async (content, code, message) => {
    const path = await file('mistake.json', content);
    const { status, stdout, stderr } = await certispike(['train', '--config', path, '--print-config']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^certispike: [^\n]* \\[${code}\\]\n$`));
  });

  test.each([
    [['--steps', '0'], /--steps: expected a whole number from 1 up, got 0/],
    [['--epsilon', '-0.1'], /--epsilon: expected a number from 0 up.*got -0\.1/],
    [['--batch-size', 'many'], /--batch-size: expected a whole number from 1 up, got "many"/],
    [['--kappa', 'linear:1:0.5:0'], /--kappa: expected a number from 0 to 1, or a schedule.*got "linear:1:0.5:0"/],
    [['--optimizer', 'sgd:fast'], /--optimizer\.momentum: expected a number from 0 up, got NaN/],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await certispike(['train', ...args, '--print-config']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^certispike: [^\n]* \[bad-value\]\n$/);
  });
});
