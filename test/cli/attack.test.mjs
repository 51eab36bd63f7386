import { readFileSync, writeFileSync } from 'node:fs';
import { loadAdversarial } from '@certispike/sdk';
import { decode } from 'fast-png';
import { describeShared, shared } from '../datasets/shared.mjs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

let folder;
let model;
let data;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = await writeSmallSet(folder.at('set'), { train: 600, test: 100 });
  model = folder.at('model.safetensors');
  const recipe = ['--preset', 'mnist-fc-rate-membrane', '--data', data, '--epochs', '2', '--epsilon', '0.02'];
  const { status, stderr } = await certispike(['train', ...recipe, '--learning-rate', '0.003', '--out', model]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
});
afterAll(() => folder.remove());

const attack = (...args) => certispike(['attack', '--model', model, '--data', data, ...args]);

/** A record without what differs from call to call. */
function timeless(record) {
  const stages = record.stages.map((stage) => ({ ...stage, seconds: 0 }));
  return { ...record, stages, seconds: 0, workers: 0 };
}

describe('certispike attack', () => {
  test('--json prints one object on one line, alone on stdout', async () => {
    const { status, stdout, stderr } = await attack('--epsilon', '0.1', '--attack', 'quick', '--limit', '40', '--json');
    expect({ status, lines: stdout.trimEnd().split('\n').length }).toEqual({ status: 0, lines: 1 });
    expect(stderr).not.toBe('');
    const record = JSON.parse(stdout);
    expect(record).toMatchObject({
      model,
      data,
      split: 'test',
      examples: 40,
      recordings: null,
      certified_error: null,
      region: { kind: 'linf', epsilon: 0.1, clip: false },
      worst_case: true,
      steps: 10,
      seed: 0,
      attack: 'quick',
      attack_seed: 0,
      probed_certified: null,
      contradictions: [],
      versions: { certispike: expect.stringMatching(/^\d/), core: expect.stringMatching(/^\d/) },
    });
    expect(record.stages.map(({ name }) => name)).toEqual(['fgsm', 'pgd', 'coordinate']);
    const { clean_error, attacked_error, fooled, tried, stages } = record;
    expect(fooled).toBe(stages.reduce((sum, stage) => sum + stage.fooled, 0));
    expect(attacked_error).toBeCloseTo(clean_error + fooled / 40, 12);
    expect(tried).toBe(stages[0].tried);
    expect(attacked_error).toBeGreaterThan(clean_error);
  });

  test('prints a table for people', async () => {
    const { status, stdout } = await attack(
      '--epsilon',
      '0.05',
      '--attack',
      'fgsm+pgd:restarts=2',
      '--limit',
      '20',
      '--quiet',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^stage +tried +fooled +zero gradients +passes +time\nfgsm +\d+ +\d+ +0 +\d/);
    expect(stdout).toMatch(/\npgd +\d+/);
    expect(stdout).toMatch(
      /\n20 examples\nclean error +\d+\.\d\d %\nattacked error +\d+\.\d\d %\n\d+ examples attacked\n/,
    );
    expect(stdout).toMatch(/\nepsilon 0\.05, T = 10, seed 0, attack fgsm\+pgd:restarts=2, /);
  });

  test('parameters, restarts, surrogates and draws reach the attack; a file of fields does as well', async () => {
    const words = 'pgd:step-size=0.1,targets=each-rival,iterations=3,name=mine';
    const flags = ['--epsilon', '0.02', '--limit', '10', '--json', '--quiet'];
    const { stdout } = await attack(
      ...flags,
      '--attack',
      words,
      '--restarts',
      '2',
      '--surrogate',
      'atan:0.5,triangle',
      '--draws',
      'fresh:2',
      '--attack-seed',
      '3',
    );
    const [stage] = JSON.parse(stdout).stages;
    expect(stage).toMatchObject({
      name: 'mine',
      method: { kind: 'pgd', stepSize: 0.1, targets: 'each-rival' },
      iterations: 3,
      restarts: 2,
      surrogates: [
        { kind: 'atan', width: 0.5 },
        { kind: 'triangle', width: 1 },
      ],
      draws: { kind: 'fresh', samples: 2 },
    });
    const file = folder.at('attack.json');
    const stages = [{ name: 'mine', method: { kind: 'pgd', stepSize: 0.1, targets: 'each-rival' }, iterations: 3 }];
    const surrogate = [{ kind: 'atan', width: 0.5 }, { kind: 'triangle' }];
    writeFileSync(
      file,
      JSON.stringify({ attack: stages, restarts: 2, surrogate, draws: { kind: 'fresh', samples: 2 }, attackSeed: 3 }),
    );
    const same = JSON.parse((await attack(...flags, '--config', file)).stdout);
    expect(timeless(same)).toEqual(timeless(JSON.parse(stdout)));
  });

  test('--certified attacks what is not certified, and a probe of the rest', async () => {
    const flags = ['--epsilon', '0.02', '--json', '--quiet', '--attack', 'quick'];
    const { status, stdout, stderr } = await attack(...flags, '--certified', '--probe', '7');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const record = JSON.parse(stdout);
    expect(record.probed_certified).toBe(7);
    expect(record.clean_error).toBeLessThanOrEqual(record.attacked_error);
    expect(record.attacked_error).toBeLessThanOrEqual(record.certified_error);
    const open = Math.round(100 * (record.certified_error - record.clean_error));
    expect(record.tried).toBe(open + 7);
    const text = await attack(
      '--epsilon',
      '0.02',
      '--attack',
      'fgsm',
      '--certified',
      '--probe',
      '3',
      '--quiet',
      '--limit',
      '30',
    );
    expect(text.stdout).toMatch(/certified error, best +\d+\.\d\d %\n\d+ examples attacked, 3 of them certified\n/);
  });

  test('certified images that are fooled end it with status 1: they are kept, the bound is named', async () => {
    const flags = ['--epsilon', '0.1', '--attack', 'quick', '--limit', '30', '--certified', '--quiet'];
    const forged = (...more) =>
      certispike(['attack', '--model', model, '--data', data, ...flags, ...more], { first: 'false-certificates.mjs' });
    const { status, stdout, stderr } = await forged('--json');
    expect(status).toBe(1);
    const { contradictions, fooled, probed_certified, tried } = JSON.parse(stdout);
    expect(fooled).toBeGreaterThan(0);
    expect(probed_certified).toBe(tried);
    const wrong = contradictions.filter(({ kind }) => kind === 'fooled');
    expect(wrong).toHaveLength(fooled);
    const lines = stderr.trimEnd().split('\n');
    for (const { example, label, prediction, bounds } of wrong) {
      expect(bounds).toEqual([{ bound: 's-ibp', margin: 1 }]);
      expect(lines).toContain(
        `certispike: example ${example} was certified as class ${label} and is fooled into class ${prediction} ` +
          'inside the region: unsound is s-ibp (margin at least 1)',
      );
    }
    const file = model.replace('.safetensors', '.contradictions.safetensors');
    expect(lines.at(-2)).toBe(`certispike: ${fooled} of them saved in ${file}; --replay tries them again`);
    expect(lines.at(-1)).toBe(`certispike: ${contradictions.length} examples contradict their certificates [unsound]`);
    const { adversarial } = await loadAdversarial(file);
    expect(adversarial.map(({ sample }) => sample)).toEqual(wrong.map(({ example }) => example));
    const replayed = await certispike(['attack', '--replay', file, '--quiet']);
    expect(replayed).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`${fooled} of ${fooled} examples of`),
    });
    // For people the table comes first, and the same lines after it.
    const text = await forged();
    expect({ status: text.status, stderr: text.stderr }).toEqual({ status: 1, stderr });
    expect(text.stdout).toMatch(/\ncertified error, best +\d/);
  });

  test('the number of workers and the batch size change nothing', async () => {
    const flags = ['--epsilon', '0.05', '--attack', 'quick', '--limit', '30', '--json', '--quiet'];
    const records = [];
    for (const more of [
      ['--workers', '1'],
      ['--workers', '2', '--batch-size', '7'],
      ['--workers', '4'],
    ]) {
      records.push(timeless(JSON.parse((await attack(...flags, ...more)).stdout)));
    }
    expect(records[1]).toEqual(records[0]);
    expect(records[2]).toEqual(records[0]);
  });
});

describe('adversarial examples', () => {
  let file;
  let record;
  beforeAll(async () => {
    file = folder.at('fooled.safetensors');
    const flags = ['--epsilon', '0.1', '--attack', 'quick', '--limit', '30', '--quiet', '--json'];
    record = JSON.parse((await attack(...flags, '--examples', file)).stdout);
  });

  test('are written, and hold when they are tried again', async () => {
    const stored = await loadAdversarial(file);
    expect(stored.adversarial).toHaveLength(record.fooled);
    expect(stored.notes).toMatchObject({ model, data, split: 'test' });
    const { status, stdout } = await certispike(['attack', '--replay', file]);
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toBe(
      `${record.fooled} of ${record.fooled} examples of ${file} lie in the region and fool ${model}`,
    );
    expect(stdout).toMatch(/example +label +now +largest change +found by\n/);
    const json = JSON.parse((await certispike(['attack', '--replay', file, '--json', '--limit', '2'])).stdout);
    expect(json).toMatchObject({ examples: 2, holding: 2, same_model: true, region: { epsilon: 0.1 } });
    for (const { fooled, contained, distance } of json.each) {
      expect({ fooled, contained }).toEqual({ fooled: true, contained: true });
      expect(distance).toBeLessThanOrEqual(0.1 * (1 + 1e-6));
    }
  });

  test('are drawn beside the clean ones', async () => {
    const [svg, png] = ['fooled.svg', 'fooled.png'].map((name) => folder.at(name));
    const { stdout } = await certispike(['attack', '--replay', file, '--picture', svg, '--limit', '3']);
    expect(stdout).toContain(`${svg}: a row for each of the first 3 examples\nexample `);
    const text = readFileSync(svg, 'utf8');
    expect(text.match(/<image /g)).toHaveLength(9);
    expect(text.match(/becomes \d, change 0\.\d{4}, (fgsm|pgd|coordinate)<\/text>/g)).toHaveLength(3);
    await certispike(['attack', '--replay', file, '--picture', png, '--limit', '1']);
    const { width, height, channels, data: pixels } = decode(readFileSync(png));
    const scale = 168 / 12;
    expect([width, height, channels]).toEqual([3 * 12 * scale + 8, 12 * scale, 3]);
    // The picture's first tile is the clean image, in shades of grey.
    const { adversarial } = await loadAdversarial(file);
    const [{ clean, values }] = adversarial;
    const most = Math.max(...clean, ...values);
    const at = (x, y) => [...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
    for (const [row, column] of [
      [0, 0],
      [5, 3],
      [11, 11],
    ]) {
      const shade = Math.round((255 * Math.max(0, clean[12 * row + column])) / most);
      expect(at((column + 0.5) * scale, (row + 0.5) * scale)).toEqual([shade, shade, shade]);
    }
  });

  test('are shown by info, and drawn', async () => {
    const picture = folder.at('info.svg');
    const { status, stdout, stderr } = await certispike(['info', file, '--picture', picture]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { adversarial, fingerprint } = await loadAdversarial(file);
    expect(stdout).toContain(`${file}: ${record.fooled} adversarial examples, pixels [1, 12, 12]\n`);
    expect(stdout).toContain('\nregion: epsilon 0.1; T = 10, seed 0, attack seed 0\n');
    expect(stdout).toContain(`\nmodel: ${model}, fingerprint ${fingerprint}\ndata: ${data}, test\n`);
    const found = record.stages.map((stage) => `${stage.name} ${stage.fooled}`).join(', ');
    expect(stdout).toContain(`\nlargest change of a pixel: 0.1000\nfound by: ${found}\n`);
    expect(stdout).toMatch(/\nclass becomes( +\d)+\n( +\d( +(\d+|-))+\n)+/);
    const [{ sample, label, prediction }] = adversarial;
    expect(stdout).toMatch(new RegExp(`\\nexample ${sample}: ${label} becomes ${prediction}, change 0\\.\\d{4}, `));
    expect(readFileSync(picture, 'utf8').match(/<image /g)).toHaveLength(3 * Math.min(12, record.fooled));

    const json = JSON.parse((await certispike(['info', file, '--json'])).stdout);
    expect(json).toMatchObject({
      file,
      kind: 'adversarial',
      inputs: 'pixels',
      shape: [1, 12, 12],
      steps: 10,
      fingerprint,
    });
    expect(json).toMatchObject({ examples: record.fooled, region: { kind: 'linf', epsilon: 0.1 }, notes: { model } });
    expect(json.classes.reduce((sum, { examples }) => sum + examples, 0)).toBe(record.fooled);
    const ofFirst = adversarial.filter((one) => one.label === label && one.prediction === prediction);
    expect(json.classes).toContainEqual({ label, prediction, examples: ofFirst.length });
  });

  test('are no model, and info says where they are cut off', async () => {
    const { status, stderr } = await certispike(['attack', '--model', file, '--data', data, '--epsilon', '0.1']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /fooled\.safetensors: expected a network, got adversarial examples \[invalid-model-file\]\n$/,
    );
    const cut = folder.at('cut.safetensors');
    writeFileSync(cut, readFileSync(file).subarray(0, -10));
    const damaged = await certispike(['info', cut]);
    expect(damaged.status).toBe(2);
    expect(damaged.stderr).toMatch(/^certispike: .*cut\.safetensors: .*\[invalid-checkpoint\]\n$/);
  });

  test('are told apart when something is wrong with them', async () => {
    const other = folder.at('other.safetensors');
    const recipe = ['--preset', 'mnist-fc-rate-membrane-natural', '--data', data, '--epochs', '1', '--limit', '64'];
    const preset = ['--preset', 'mnist-fc-rate-natural', ...recipe.slice(2)];
    expect((await certispike(['train', ...preset, '--out', other])).status).toBe(0);
    const { status, stderr } = await certispike(['attack', '--model', other, '--replay', file]);
    expect(status).toBe(0);
    expect(stderr).toContain(`${other} is not the model that was attacked`);
  });
});

describe('mistakes', () => {
  test.each([
    [
      ['--attack', 'magic', '--epsilon', '0.1'],
      'bad-value',
      /--attack: expected standard, quick, or one of fgsm, pgd, .* got "magic"/,
    ],
    [
      ['--attack', 'pgd:power=9', '--epsilon', '0.1'],
      'bad-value',
      /--attack: pgd: expected parameters among step-size, decay, momentum, targets, loss, iterations, .* got power/,
    ],
    [['--attack', 'pgd:decay=', '--epsilon', '0.1'], 'bad-value', /--attack: pgd: expected decay=value, got "decay="/],
    [
      ['--attack', 'fgsm+pgd:restarts=0', '--epsilon', '0.1'],
      'bad-value',
      /attack\.1\.restarts: expected a whole number/,
    ],
    [
      ['--attack', 'pgd:step-size=-1', '--epsilon', '0.1'],
      'invalid-value',
      /: attack\[0\]\.method\.stepSize: expected a/,
    ],
    [
      ['--attack', 'greedy-flips', '--epsilon', '0.1'],
      'invalid-value',
      /expected fgsm, pgd, apgd, square, coordinate, as the region is linf/,
    ],
    [
      ['--attack', 'pgd', '--region', 'flips:k=2'],
      'invalid-value',
      /expected greedy-flips.*as the region is flips, got pgd/,
    ],
    [['--draws', 'loose', '--epsilon', '0.1'], 'bad-value', /--draws: expected fixed or fresh:8, got "loose"/],
    [['--surrogate', 'step', '--epsilon', '0.1'], 'bad-value', /--surrogate/],
    [
      ['--surrogate', 'atan:0.5:3', '--epsilon', '0.1'],
      'bad-value',
      /--surrogate\.0: expected a surrogate, got "atan:0/,
    ],
    [['--probe', '7', '--epsilon', '0.1'], 'bad-value', /probe: expected it beside --certified, got it alone/],
    [
      ['--region', 'linf:0.1', '--clip'],
      'bad-value',
      /clip: expected it beside --epsilon, or in the region, as in linf/,
    ],
    [['--replay', 'x.safetensors', '--epsilon', '0.1'], 'bad-value', /--epsilon: expected none beside --replay/],
    [['--replay', 'x.safetensors', '--examples', 'y.safetensors'], 'bad-value', /--examples: expected none beside/],
    [['--probe', '-1', '--epsilon', '0.1'], 'bad-value', /--probe: expected a whole number from 0 up, got -1/],
    [[], 'missing-field', /epsilon: expected a number/],
    [['--epsilon', '0.1', '--picture', 'x.svg'], 'bad-value', /picture: expected it beside --replay/],
    [
      ['--epsilon', '0.1', '--examples', '/nowhere/x.safetensors'],
      'file-not-found',
      /examples: no such file or folder/,
    ],
    [['--replay', '/nowhere/x.safetensors'], 'file-not-found', /nowhere/],
    [['--replay', 'MODEL'], 'invalid-checkpoint', /expected 'adversarial', got "model"/],
    [['--replay', 'MODEL', '--picture', 'x.gif'], 'bad-value', /picture: expected a file that ends in \.svg or \.png/],
  ])('%j', async (args, code, message) => {
    const words = args.map((word) => (word === 'MODEL' ? model : word));
    const { status, stdout, stderr } = await attack(...words, '--quiet');
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^certispike: [^\\n]*\\[${code}\\]\\n$`));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});

const network = ['pytorch', 'certify_snn_mnist_fc.pth.tar'];
describeShared(network.join('/'))("the authors' naturally trained network", () => {
  // Half a minute of computing; on a machine that is busy several.
  test('is right for less than 35 % of the images under the standard attack at epsilon 0.06', async () => {
    const flags = ['--epsilon', '0.06', '--steps', '10', '--limit', '150', '--json', '--quiet'];
    const { stdout } = await certispike(['attack', '--model', shared('data', ...network), '--data', 'mnist', ...flags]);
    const { clean_error, attacked_error, attack } = JSON.parse(stdout);
    expect(attack).toBe('standard');
    expect(clean_error).toBeLessThan(0.15);
    expect(1 - attacked_error).toBeLessThan(0.35);
  }, 600_000);
});
