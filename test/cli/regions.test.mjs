import { writeFileSync } from 'node:fs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

let folder;
let model;
let data;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = await writeSmallSet(folder.at('set'), { train: 200, test: 40 });
  model = folder.at('model.safetensors');
  const recipe = ['--preset', 'mnist-fc-rate-membrane', '--data', data, '--epochs', '1', '--steps', '4'];
  const { status, stderr } = await certispike(['train', ...recipe, '--region', 'flips:k=2,per-step=1', '--out', model]);
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/certified/) });
});
afterAll(() => folder.remove());

const certify = (...args) => certispike(['certify', '--model', model, '--data', data, '--limit', '10', ...args]);

const flips = { kind: 'flips', budget: 8, additions: true, deletions: true, mask: null, perStep: null };

describe('certispike train --region', () => {
  const config = async (...args) => {
    const { stdout } = await certispike(['train', '--preset', 'mnist-fc-rate', ...args, '--print-config']);
    return JSON.parse(stdout);
  };

  test("a region without a schedule takes the preset's ramp to its own size", async () => {
    const { epsilon } = await config();
    const found = await config('--region', 'flips:k=8');
    expect(found.region).toEqual(flips);
    expect(found.epsilon).toEqual({ ...epsilon, from: 0, to: 8 });
    expect((await config('--region', 'sampled:0.1,seed=3')).epsilon).toMatchObject({ kind: 'linear', to: 0.1 });
  });

  test('a schedule beside it is in its unit', async () => {
    const found = await config('--region', 'shift:k=4', '--epsilon', 'linear:1:4:0:1');
    expect(found.region).toEqual({ kind: 'shift', budget: 4, steps: 1, merge: false });
    expect(found.epsilon).toEqual({ kind: 'linear', from: 1, to: 4, start: 0, end: 1 });
  });
});

describe('certispike certify --region', () => {
  test.each([
    ['flips:k=8', flips],
    ['flips:k=8,additions', { ...flips, deletions: false }],
    ['flips:k=8,deletions,per-step=2', { ...flips, additions: false, perStep: 2 }],
    ['shift:k=4,d=2,merge', { kind: 'shift', budget: 4, steps: 2, merge: true }],
    ['linf:0.06,clip', { kind: 'linf', epsilon: 0.06, clip: true }],
    ['sampled:0.01', { kind: 'sampled', fraction: 0.01, seed: 0 }],
  ])('%s', async (text, region) => {
    const { status, stdout, stderr } = await certify('--region', text, '--json');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ region, worst_case: region.kind !== 'sampled', examples: 10 });
    expect(result.clean_error).toBeLessThanOrEqual(result.certified_error.best);
    expect(stderr.includes('it is no worst case')).toBe(region.kind === 'sampled');
  });

  test('is told in words', async () => {
    const { stdout } = await certify('--region', 'shift:k=4', '--bounds', 's-ibp');
    expect(stdout).toMatch(/at most 4 spikes moved by at most 1 step, T = 4/);
  });

  test('places may be masked, and steps may have budgets of their own', async () => {
    // Only the first step of four, and there only the upper half.
    const [places, upper] = [12 * 12, 12 * 6];
    const mask = Array.from({ length: 4 * places }, (_, place) => Number(place < upper));
    const file = folder.at('places.json');
    writeFileSync(file, JSON.stringify([0, 1, 2, 3].map((step) => mask.slice(step * places, (step + 1) * places))));
    const { status, stdout } = await certify('--region', `flips:k=3,per-step=2/1/0/0,mask=${file}`, '--json');
    expect({ status, ...JSON.parse(stdout) }).toMatchObject({
      status: 0,
      region: { ...flips, budget: 3, mask, perStep: [2, 1, 0, 0] },
    });
    const told = await certify('--region', `flips:k=3,per-step=2/1/0/0,mask=${file}`, '--bounds', 's-ibp');
    expect(told.stdout).toContain('at most 3 flips, 2/1/0/0 in a step, where the mask allows them, T = 4');
  });

  const files = () => {
    writeFileSync(folder.at('short.json'), '[1, 0]');
    writeFileSync(folder.at('words.json'), '["here"]');
    writeFileSync(folder.at('broken.json'), '[1, 0');
  };
  test.each([
    ['nowhere.json', /--region\.mask: no such file or folder: .*nowhere\.json \[file-not-found\]/],
    ['broken.json', /--region\.mask: expected JSON in .*broken\.json, got: /],
    ['words.json', /--region\.mask\.0: expected 0 or 1, got "here"/],
    ['short.json', /region\.mask: expected 144 numbers, or 4 or more times as many, got 2/],
  ])('a mask of %s is refused', async (name, message) => {
    files();
    const { status, stderr } = await certify('--region', `flips:k=1,mask=${folder.at(name)}`);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });

  const form = /--region: expected flips:k=8\[,additions\|deletions\]\[,per-step=2\]\[,mask=places\.json\], got "/;
  test.each([
    ['flips', form],
    ['flips:8', form],
    ['flips:k=8,j=2', form],
    ['flips:k=', form],
    ['flips:k=2=3', form],
    ['flips:k=2,k=3', form],
    ['flips:k=2,per-step=1/', form],
    ['flips:k=2,additions=1', form],
    ['shift:d=2', /--region: expected shift:k=4,d=1\[,merge\], got "shift:d=2"/],
    ['sampled:k=0.1', /--region: expected sampled:0\.01\[,seed=1\] \(no worst case\), got/],
    ['linf', /--region: expected linf:0\.06\[,clip\], got "linf"/],
    ['spikes:3', /--region: expected linf:0\.06, flips:k=8, shift:k=4,d=1, sampled:0\.01 or an object/],
    ['flips:k=1.5', /--region\.budget: expected a whole number from 0 up, got 1\.5/],
    ['shift:k=1,d=0', /--region\.steps: expected a whole number from 1 up, got 0/],
    ['sampled:2', /--region\.fraction: expected a number from 0 to 1, got 2/],
    ['linf:-1', /--region\.epsilon: expected a number from 0 up, got -1/],
  ])('%s is refused', async (text, message) => {
    const { status, stdout, stderr } = await certify('--region', text);
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('and its short form are refused together', async () => {
    const { status, stderr } = await certify('--region', 'flips:k=1', '--epsilon', '0.1');
    expect(stderr).toMatch(/region: expected --region or its short form --epsilon, got both \[bad-value\]/);
    expect(status).toBe(2);
  });
});
