import { closeSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
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

const certify = (...args) => certispike(['certify', '--model', model, '--data', data, '--epsilon', '0.02', ...args]);

describe('certispike certify', () => {
  test('--json prints one object on one line, alone on stdout', async () => {
    const { status, stdout, stderr } = await certify('--steps', '10', '--seed', '0', '--limit', '40', '--json');
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toBe('');
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      model,
      examples: 40,
      region: { kind: 'linf', epsilon: 0.02, clip: false },
      steps: 10,
      seed: 0,
      rounding: 'outward',
      relaxation: 'paper',
      coupling: 'coupled',
      split: 'test',
      versions: { certispike: expect.stringMatching(/^\d/), core: expect.stringMatching(/^\d/) },
    });
    const { clean_error, certified_error, seconds } = result;
    expect(seconds).toBeGreaterThan(0);
    for (const error of [clean_error, ...Object.values(certified_error)]) {
      expect(error).toBeGreaterThanOrEqual(0);
      expect(error).toBeLessThanOrEqual(1);
    }
    // The set is easy: something is proved, or the rest of these tests would be about nothing.
    expect(certified_error.best).toBeLessThan(1);
    expect(clean_error).toBeLessThanOrEqual(certified_error.best);
    expect(certified_error.best).toBeLessThanOrEqual(Math.min(certified_error.s_ibp, certified_error.s_crown));
  });

  test('prints a table for people', async () => {
    const { status, stdout } = await certify('--limit', '20', '--quiet');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^20 examples\nclean error +\d+\.\d\d %\ncertified error, S-IBP +\d/);
  });

  test('the number of workers and the batch size change nothing', async () => {
    const results = await Promise.all(
      [
        ['--workers', '1'],
        ['--workers', '2', '--batch-size', '7'],
      ].map((args) => certify('--limit', '40', '--json', ...args)),
    );
    const [one, two] = results.map(({ stdout }) => JSON.parse(stdout));
    expect(two.certified_error).toEqual(one.certified_error);
    expect(two.clean_error).toBe(one.clean_error);
  });

  test('--require decides the exit status', async () => {
    const held = await certify('--limit', '20', '--json', '--require', 'certified<=1', '--require', 's_ibp >= 0');
    expect(held.status).toBe(0);
    expect(JSON.parse(held.stdout).requirements).toEqual([
      { property: 'certified<=1', holds: true },
      { property: 's_ibp>=0', holds: true },
    ]);
    const failed = await certify('--limit', '20', '--require', 'clean>=0', '--require', 'certified>1');
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('does not hold: certified>1');
  });

  test('--bounds computes what it names alone', async () => {
    const { stdout } = await certify('--limit', '20', '--json', '--bounds', 's-ibp');
    const { s_ibp, s_crown, best } = JSON.parse(stdout).certified_error;
    expect(s_crown).toBeNull();
    expect(best).toBe(s_ibp);
  });

  test('--out writes every example', async () => {
    const out = folder.at('examples.jsonl');
    const { stdout } = await certify('--limit', '30', '--json', '--out', out);
    const lines = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(30);
    expect(lines[0]).toMatchObject({ example: 0, label: 0 });
    for (const { s_ibp, s_crown, certified, correct } of lines) {
      expect(s_ibp).toHaveLength(9);
      const best = s_ibp.map((margin, rival) => Math.max(margin, s_crown[rival]));
      expect(certified).toBe(correct && best.every((margin) => margin > 0));
    }
    const proved = lines.filter(({ certified }) => certified).length;
    expect(JSON.parse(stdout).certified_error.best).toBeCloseTo(1 - proved / 30, 12);
  });

  test('reads fields from a file; flags win', async () => {
    const config = folder.at('certify.json');
    writeFileSync(config, JSON.stringify({ model, data, epsilon: 0.5, limit: 10, bounds: ['s-ibp'], seed: 3 }));
    const { stdout } = await certispike(['certify', '--config', config, '--epsilon', '0', '--json']);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ examples: 10, seed: 3, region: { epsilon: 0 } });
    // Without a perturbation the intervals are the values themselves, widened for rounding.
    expect(result.certified_error.best).toBeLessThan(1);
  });

  test('certifies the parts of the training set as well', async () => {
    const { stdout } = await certify('--split', 'validation', '--limit', '1000', '--bounds', 's-ibp', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ split: 'validation', examples: 50 });
  });

  test('a full disk behind stdout or --out is an error with a code', async () => {
    const full = openSync('/dev/full', 'w');
    const piped = await certispike(
      ['certify', '--model', model, '--data', data, '--epsilon', '0.02', '--limit', '5', '--json', '--quiet'],
      { stdout: full },
    );
    closeSync(full);
    expect(piped.status).toBe(2);
    expect(piped.stderr).toMatch(/^certispike: standard output: no space left[^\n]*\[disk-full\]\n$/);

    symlinkSync('/dev/full', folder.at('full.jsonl'));
    const written = await certify('--limit', '5', '--json', '--quiet', '--out', folder.at('full.jsonl'));
    expect(written.status).toBe(2);
    expect(written.stderr).toMatch(/^certispike: out: no space left[^\n]*\[disk-full\]\n$/);
    // What was computed is not lost.
    expect(JSON.parse(written.stdout).examples).toBe(5);
  });
});

describe('mistakes', () => {
  const wrong = (args, code, message) => [args.join(' '), args, code, message];
  const base = () => ['--model', model, '--data', data, '--epsilon', '0.02', '--limit', '5'];

  test.each([
    wrong(['--epsilon', '-0.1'], 'bad-value', /--epsilon: expected a number from 0 up, got -0\.1/),
    wrong(['--steps', '0'], 'bad-value', /--steps: expected a whole number from 1 up, got 0/),
    wrong(['--limit', 'all'], 'bad-value', /--limit: expected a whole number from 1 up, got "all"/),
    wrong(['--bounds', 's-ibp,crown'], 'bad-value', /--bounds.*expected one of s-ibp, s-crown, got "crown"/),
    wrong(['--rounding', 'up'], 'bad-value', /--rounding: expected one of outward, nearest, got "up"/),
    wrong(['--workers', '0'], 'bad-value', /--workers: expected a whole number from 1 up, got 0/),
    wrong(['--require', 'certified'], 'bad-requirement', /require: expected clean, certified.*got "certified"/),
    wrong(['--require', 'certified<40'], 'bad-requirement', /error rate from 0 to 1/),
    wrong(['--require', 'attack<0.4'], 'bad-requirement', /got "attack<0.4"/),
    wrong(['--bounds', 's-ibp', '--require', 's_crown<1'], 'bad-requirement', /expected s-crown among --bounds/),
    wrong(['--data', 'cifar'], 'unknown-data-set', /data: expected mnist, fashion-mnist.*got "cifar"/),
    wrong(['--model', 'nowhere.safetensors'], 'file-not-found', /nowhere\.safetensors/),
    wrong(['--model', '/tmp'], 'is-a-folder', /expected a file, got a folder/),
    wrong(['--out', '/tmp'], 'is-a-folder', /out: expected a file, got a folder/),
    wrong(['--out', '/nowhere/x.jsonl'], 'file-not-found', /out: no such file or folder/),
    wrong(['--data', '/etc/hostname'], 'not-a-folder', /data: expected a folder/),
    wrong(['--data', '/dev'], 'recordings-missing', /recordings: expected at least one/),
    wrong(['--data', 'mnist'], 'invalid-shape', /1.*28.*28/),
    wrong(['--frobnicate'], 'bad-flag', /unknown option '--frobnicate'/),
  ])('%s', async (_, args, code, message) => {
    const { status, stdout, stderr } = await certispike(['certify', ...base(), ...args, '--quiet']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^certispike: [^\n]* \\[${code}\\]\n$`));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test.each([
    ['cut off', (bytes) => bytes.subarray(0, bytes.length - 100)],
    ['cut off in the header', (bytes) => bytes.subarray(0, 40)],
    ['empty', () => Buffer.alloc(0)],
    ['of something else', () => Buffer.from('PK\x03\x04 and so on, a zip file perhaps')],
  ])('a model file that is %s', async (_, damage) => {
    const path = folder.at('damaged.safetensors');
    writeFileSync(path, damage(readFileSync(model)));
    for (const command of [
      ['certify', ...base(), '--model', path],
      ['info', path],
    ]) {
      const { status, stdout, stderr } = await certispike(command);
      expect(stderr).toMatch(/^certispike: [^\n]*damaged\.safetensors[^\n]* \[invalid-(?:checkpoint|model-file)\]\n$/);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    }
  });

  test.each([['--model'], ['--epsilon']])('without %s', async (flag) => {
    const args = base();
    args.splice(args.indexOf(flag), 2);
    const { status, stderr } = await certispike(['certify', ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      new RegExp(`^certispike: ${flag.slice(2)}: expected [^\n]*, got nothing \\[missing-field\\]\n$`),
    );
  });
});
