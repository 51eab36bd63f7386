import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAdversarial } from '@certispike/sdk';
import { forgeCertificate } from './forged.mjs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

let folder;
let set;
let plan;

const natural = { data: 'mnist', network: 'fc', encoding: 'rate', steps: 4, limit: 128, epochs: 2, batchSize: 64 };
const robust = { ...natural, readout: 'membrane', method: 's-ibp', epsilon: 0.02, certifiedSteps: 2 };
const units = [
  { name: 'fc-natural', title: 'FC, natural', recipeName: 'natural', config: natural },
  {
    ...{ name: 'fc-s-ibp', title: 'FC, S-IBP', recipeName: 'paper', config: { ...robust, epochs: 12 } },
    start: { config: { ...natural, epochs: 1, seed: 1 }, start: { config: natural } },
  },
];
const measured = {
  ...{ region: 'linf:0.02', sizes: [0.01, 0.04], steps: [2], seeds: [0, 5], limit: 30, open: 4, energy: 4 },
  attack: { attack: 'quick', probe: 4 },
  sweepAttack: { attack: 'fgsm', probe: 2 },
};

beforeAll(async () => {
  folder = await temporaryFolder();
  set = await writeSmallSet(folder.at('set'), { train: 300, test: 40 });
  plan = folder.at('plan.json');
  writePlan(plan, {});
});
afterAll(() => folder.remove());

function writePlan(path, changes) {
  writeFileSync(path, JSON.stringify({ title: 'A tiny run', quick: true, ...measured, units, ...changes }));
}

const reproduce = (name, args = [], options = {}) =>
  certispike(['reproduce', '--plan', plan, '--mnist', set, '--folder', folder.at(name), ...args], options);
const json = (...path) => JSON.parse(readFileSync(folder.at(join(...path)), 'utf8'));

/** A unit's record without what differs from run to run. */
const lasting = (...path) =>
  JSON.parse(JSON.stringify(json(...path)), (key, value) => (/seconds$/.test(key) ? undefined : value));
const weights = (...path) => readFileSync(folder.at(join(...path))).subarray(-4 * 100_000);

describe('certispike reproduce', () => {
  test('killed in the middle of a training, it goes on from the checkpoint; the result is that of a run in one go', async () => {
    const isUnderWay = () =>
      existsSync(folder.at('killed/fc-s-ibp')) &&
      readdirSync(folder.at('killed/fc-s-ibp')).some((file) => file.endsWith('.checkpoint.safetensors'));
    const killed = await reproduce('killed', [], {
      onStart: (child) => {
        const timer = setInterval(() => isUnderWay() && child.kill('SIGKILL'), 5);
        child.once('exit', () => clearInterval(timer));
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(folder.at('killed/fc-s-ibp/model.safetensors'))).toBe(false);
    const done = statSync(folder.at('killed/fc-natural/model.safetensors')).mtimeMs;

    const resumed = await reproduce('killed');
    expect(resumed).toMatchObject({ status: 0 });
    expect(resumed.stderr).toContain('FC, natural: training: kept from an earlier run');
    expect(statSync(folder.at('killed/fc-natural/model.safetensors')).mtimeMs).toBe(done);
    expect(resumed.stdout).toContain('QUICK FORM');
    expect(resumed.stdout).toMatch(/^fc-s-ibp +membrane +linf:0\.02 +30( +\d+\.\d %){5}$/m);

    // The other unit first, each in a call of its own: no unit needs another, and none changes another's result.
    expect(await reproduce('apart', ['--only', 'fc-s*'])).toMatchObject({ status: 0 });
    expect(json('apart', 'run.json').units).toEqual(['fc-s-ibp']);
    expect(await reproduce('apart', ['--only', 'fc-natural', '--workers', '1'])).toMatchObject({ status: 0 });
    expect(json('apart', 'run.json').units).toEqual(['fc-natural', 'fc-s-ibp']);
    for (const unit of ['fc-natural', 'fc-s-ibp']) {
      expect(lasting('apart', unit, 'unit.json')).toEqual(lasting('killed', unit, 'unit.json'));
      expect(weights('apart', unit, 'model.safetensors').equals(weights('killed', unit, 'model.safetensors'))).toBe(
        true,
      );
      expect(lasting('apart', unit, 'training.json')).toEqual(lasting('killed', unit, 'training.json'));
    }
  }, 240_000);

  test('every unit holds what its plan asks for, and clean <= attacked <= certified for every image', () => {
    for (const [name, epochs] of [
      ['fc-natural', 2],
      ['fc-s-ibp', 12],
    ]) {
      const unit = json('killed', name, 'unit.json');
      expect(unit).toMatchObject({ name, complete: true, quick: true, network: 'fc', data: 'mnist', input: 'rate' });
      expect(unit.energy.energy.picojoules).toBeGreaterThan(0);
      const history = json('killed', name, 'training.json');
      expect(history.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: epochs }, (_, index) => index + 1));
      expect(history.start?.epochs.length ?? 0).toBe(name === 'fc-s-ibp' ? 1 : 0);
      expect(unit.results.map(({ purpose, region, steps, seed }) => [purpose, region, steps, seed])).toEqual([
        ['table', 'linf:0.02', 4, 0],
        ['epsilon', 'linf:0.01', 4, 0],
        ['epsilon', 'linf:0.04', 4, 0],
        ['steps', 'linf:0.02', 2, 0],
        ['draws', 'linf:0.02', 4, 5],
      ]);
      for (const result of unit.results) checkResult(name, result);
      const [table, below, above] = unit.results.map(({ per_example }) => json('killed', name, per_example).fooled);
      expect(table.every((fooled, index) => below[index] <= fooled && fooled <= above[index])).toBe(true);
    }
  });

  function checkResult(unit, result) {
    const one = json('killed', unit, result.per_example);
    const share = (values) => values.filter(Boolean).length / values.length;
    expect(one.sample).toHaveLength(30);
    expect(share(one.correct.map((correct) => !correct))).toBeCloseTo(result.clean_error, 12);
    expect(share(one.certified.map((certified) => !certified))).toBeCloseTo(result.certified_error, 12);
    expect(result.certified_error).toBeLessThanOrEqual(Math.min(result.s_ibp_error, result.s_crown_error));
    for (const [index, certified] of one.certified.entries()) {
      expect(certified).toBeLessThanOrEqual(one.correct[index]);
      if (certified) expect(one.margin[index]).toBeGreaterThan(0);
    }
    const { clean, certified } = result.intervals;
    expect(clean[0] <= result.clean_error && result.clean_error <= clean[1]).toBe(true);
    expect(certified[0] <= result.certified_error && result.certified_error <= certified[1]).toBe(true);
    if (result.attack === null) return;
    expect(share(one.fooled.map((fooled, index) => fooled || !one.correct[index]))).toBeCloseTo(
      result.attacked_error,
      12,
    );
    expect(one.fooled.some((fooled, index) => fooled && one.certified[index])).toBe(false);
    expect(result.clean_error).toBeLessThanOrEqual(result.attacked_error);
    expect(result.attacked_error).toBeLessThanOrEqual(result.certified_error);
  }

  test('a network of the same recipe that started from something else is not borrowed', async () => {
    const tiny = { ...natural, limit: 64, epochs: 1 };
    const small = folder.at('starts.json');
    const chained = { config: tiny, start: { config: { ...tiny, seed: 3 } } };
    const unit = (name, start) => ({
      ...{ name, title: name, recipeName: 'best' },
      config: { ...tiny, seed: 4 },
      start,
    });
    const fresh = { name: 'fresh', title: 'fresh', recipeName: 'best', config: tiny };
    const units = [
      fresh,
      { ...fresh, ...chained, name: 'later' },
      unit('from-fresh', { config: tiny }),
      unit('from-later', chained),
    ];
    writePlan(small, { units, attack: null, sizes: [], steps: [], seeds: [0], limit: 4 });
    const run = await certispike(['reproduce', '--plan', small, '--mnist', set, '--folder', folder.at('starts')]);
    expect(run).toMatchObject({ status: 0 });
    expect(run.stderr).toContain('from-fresh: training to start with: kept');
    expect(run.stderr).not.toContain('from-later: training to start with: started');
    const made = ['fresh', 'later', 'from-fresh', 'from-later'].map((name) =>
      weights('starts', name, 'model.safetensors'),
    );
    expect(made.every((one, index) => made.slice(0, index).every((other) => !one.equals(other)))).toBe(true);
  }, 120_000);

  test('what is there is not done again; --json prints the records', async () => {
    const { status, stdout, stderr } = await reproduce('killed', ['--json']);
    expect(status).toBe(0);
    expect(stderr).not.toContain(': started');
    const { results, report, ...run } = JSON.parse(stdout);
    expect(readFileSync(report, 'utf8')).toContain('A tiny run');
    expect(run).toEqual(json('killed', 'run.json'));
    expect(results).toEqual(['fc-natural', 'fc-s-ibp'].map((name) => json('killed', name, 'unit.json')));
  });

  test('a model that was trained by the recipe elsewhere is taken, and its training is not repeated', async () => {
    cpSync(folder.at('killed/fc-natural/model.safetensors'), folder.at('given/fc-natural/model.safetensors'), {
      recursive: true,
    });
    const { status, stderr } = await reproduce('given', ['--only', 'fc-natural']);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain('FC, natural: training: kept from an earlier run');
    expect(json('given/fc-natural/unit.json').training).toMatchObject({ epochs: 2, steps: 4 });
  });

  test('certificates that an attack contradicts end it with status 1 and the example', async () => {
    cpSync(folder.at('killed'), folder.at('unsound'), { recursive: true });
    const sample = forgeCertificate(folder.at('unsound/fc-natural'), 'linf-0.02-t4-s0');
    writePlan(folder.at('probing.json'), { attack: { attack: 'quick', probe: 30 }, sizes: [], steps: [], seeds: [0] });

    const call = ['--plan', folder.at('probing.json'), '--only', 'fc-natural'];
    const { status, stdout, stderr } = await reproduce('unsound', call);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const unit = folder.at('unsound/fc-natural');
    const file = join(unit, 'linf-0.02-t4-s0.unsound.safetensors');
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      `certispike: unit ${unit}: expected no successful attack on a certified example, got one on example ${sample} ` +
        `within linf:0.02: s-ibp is unsound; saved in ${file} [unsound-bound]`,
    );
    const { adversarial } = await loadAdversarial(file);
    expect(adversarial.map((example) => example.sample)).toEqual([sample]);
    const replayed = await certispike(['attack', '--model', join(unit, 'model.safetensors'), '--replay', file]);
    expect(replayed).toMatchObject({ status: 0, stdout: expect.stringMatching(/^1 of 1 examples/) });
    // It does not go on as if nothing had been.
    expect((await reproduce('unsound', call)).status).toBe(1);
  });

  test('false certificates of the engine end it as well, in every region', async () => {
    writePlan(folder.at('false.json'), { attack: { attack: 'quick', probe: 30 }, sizes: [0.04], region: 'linf:0.1' });
    cpSync(folder.at('killed/fc-natural/model.safetensors'), folder.at('false/fc-natural/model.safetensors'), {
      recursive: true,
    });
    const call = ['--plan', folder.at('false.json'), '--only', 'fc-natural'];
    const { status, stderr } = await reproduce('false', call, { first: 'false-certificates.mjs' });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /got \d+, the first on example \d+ within linf:0\.1: s-ibp is unsound; saved in .*unsound\.safe/,
    );
  });
});

describe('what a run would take', () => {
  test('the estimate names every unit and does nothing', async () => {
    const { status, stdout } = await reproduce('nothing', ['--estimate']);
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toBe('A tiny run');
    expect(stdout).toMatch(/^unit +training +certifying +attacking +in all$/m);
    expect(stdout).toMatch(/^fc-s-ibp( +[\d:]+ (s|min|h)){4}$/m);
    expect(stdout).toMatch(/^2 units, about .* workers on this machine/m);
    expect(existsSync(folder.at('nothing'))).toBe(false);
  });

  test('the quick form stays below half an hour on the machine that costs were measured on', async () => {
    const { stdout } = await certispike(['reproduce', '--quick', '--estimate', '--json']);
    const { seconds, scale, units: found } = JSON.parse(stdout);
    expect(found.map(({ name }) => name)).toContain('conv-mnist-s-ibp');
    expect(scale).toBeGreaterThan(0);
    expect(seconds / scale).toBeLessThan(20 * 60);
  });

  test("the experiment: the paper's recipes and the best ones, with and without recordings", async () => {
    const names = async (...args) =>
      JSON.parse((await certispike(['reproduce', '--list', '--json', ...args])).stdout).map(({ name }) => name);
    const all = await names('--nmnist', 'N-MNIST');
    for (const network of ['fc', 'conv']) {
      for (const data of ['mnist', 'fashion-mnist', 'nmnist']) {
        for (const recipe of ['paper', 'best']) {
          expect(all).toContain(`${network}-${data}-natural-${recipe}`);
          for (const method of ['s-ibp', 's-crown']) {
            const own = all.filter((name) => name.startsWith(`${network}-${data}-${method}-${recipe}`));
            // T' is swept over three values, and a recipe's own comes first.
            expect(own[0]).toBe(`${network}-${data}-${method}-${recipe}`);
            expect(own).toHaveLength(3);
          }
        }
      }
    }
    expect((await names()).some((name) => name.includes('nmnist'))).toBe(false);
    expect(await names('--recipes', 'paper', '--only', 'fc-mnist-*')).toHaveLength(7);
    expect(await names('--quick', '--nmnist', 'N-MNIST')).toContain('conv-nmnist-s-ibp');
  });
});

describe('mistakes', () => {
  const line = async (args) => {
    const { status, stdout, stderr } = await certispike(['reproduce', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    return stderr;
  };

  test.each([
    [
      ['--only', 'lstm-*'],
      /only: expected a pattern such as fc-mnist-\*, one of fc-mnist-.*got lstm-\* \[unknown-unit\]/,
    ],
    [['--recipes', 'mine'], /--recipes: expected one of paper, best, all, got "mine" \[bad-value\]/],
    [['--quick', '--plan', 'plan.json'], /quick: expected none beside --plan/],
    [['--plan', 'missing.json'], /plan: no such file or folder: missing\.json \[file-not-found\]/],
    [
      ['--quick', '--folder', '/etc/hostname'],
      /folder: expected a folder, got a file: \/etc\/hostname \[not-a-folder\]/,
    ],
  ])('%j', async (args, message) => {
    expect(await line(args)).toMatch(message);
  });

  test('a plan with a mistake is refused with its file and field', async () => {
    const path = folder.at('mistake.json');
    writePlan(path, { units: [units[0], units[0]] });
    expect(await line(['--plan', path])).toMatch(
      /mistake\.json: units: expected a name for every unit, got two of fc-natural/,
    );
    writePlan(path, { units: [{ ...units[0], name: 'FC natural' }] });
    expect(await line(['--plan', path])).toMatch(/mistake\.json: units\.0\.name: expected a name in kebab case/);
    writePlan(path, { region: 'flips:8' });
    expect(await line(['--plan', path])).toMatch(/mistake\.json: region.*expected flips:k=8\[/);
    writePlan(path, { region: 'ball:1' });
    expect(await line(['--plan', path])).toMatch(/mistake\.json: region.*expected linf:0\.06/);
  });

  test('a run folder that was cut off is no run to go on with', async () => {
    cpSync(folder.at('killed'), folder.at('cut'), { recursive: true });
    writeFileSync(folder.at('cut/fc-natural/unit.json'), '{ "format": "certispike-unit"');
    expect(await line(['--plan', plan, '--mnist', set, '--folder', folder.at('cut')])).toMatch(
      /expected whole JSON, got a damaged file: .*unit\.json \[damaged-run\]/,
    );
    rmSync(folder.at('cut/fc-natural'), { recursive: true });
    writeFileSync(folder.at('cut/run.json'), '{}');
    expect(await line(['--plan', plan, '--mnist', set, '--folder', folder.at('cut')])).toMatch(
      /run\.json \[damaged-run\]/,
    );
  });
});
