import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bench, temporaryFolder } from './run-bench.mjs';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const workloads = ['s-crown-eval/fc/rate/fresh', 's-ibp-step/fc/direct/fresh'];
const record = folder.at('bench.json');
const quick = ['--quick', '--batch', '6', '--folder', folder.path, '--json', record];
const only = workloads.flatMap((id) => ['--only', id]);
const read = () => JSON.parse(readFileSync(record, 'utf8'));

/** Changes what the oracle said, wherever it said this. */
function spoil(name, change) {
  const answers = join(folder.path, 'oracle');
  for (const file of readdirSync(answers).filter((entry) => entry.endsWith('.json'))) {
    const answer = JSON.parse(readFileSync(join(answers, file), 'utf8'));
    if (!(name in answer)) continue;
    change(answer);
    writeFileSync(join(answers, file), JSON.stringify(answer));
  }
}

describe('a benchmark', () => {
  test('times what it is asked for, after checking it', async () => {
    const { status, stdout, stderr } = await bench([...quick, ...only]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { format, machine, versions, batch, results } = read();
    expect(format).toBe('certispike-bench');
    expect(batch).toBe(6);
    expect(machine.node).toBe(process.versions.node);
    expect(versions.core).toMatch(/^[0-9a-f]{12}$/);
    expect(results.map(({ id }) => id).sort()).toEqual([...workloads].sort());
    for (const { id, ours, checked } of results) {
      expect(stdout).toContain(id);
      for (const time of Object.values(ours)) {
        expect(time.times).toHaveLength(2);
        expect(time.least).toBeGreaterThan(0);
        expect(time.lowerQuartile).toBeLessThanOrEqual(time.median);
        expect(time.median).toBeLessThanOrEqual(time.upperQuartile);
        expect(time.imagesPerSecond).toBeCloseTo(6000 / time.median);
        expect(time.memory).toBeGreaterThan(2 ** 20);
      }
      expect(Object.keys(ours)).toContain('1');
      expect(checked).toBeDefined();
    }
    const [evaluation, step] = results;
    expect(evaluation.checked.crown.rows).toBe(6);
    expect(step.checked.gradientDifference).toBeLessThan(1e-3);
    expect(step.checked.partsDifference).toBeLessThan(1e-3);
  }, 240_000);

  test('goes on where it was, without measuring again', async () => {
    const before = read();
    const { status } = await bench([...quick, ...only, '--resume']);
    expect(status).toBe(0);
    expect(read().results).toEqual(before.results);
    const { status: other, stderr } = await bench([...quick, '--batch', '7', ...only, '--resume']);
    expect(stderr).toMatch(/--resume: .* is about batches of 6, not of 7/);
    expect(other).toBe(2);
  });

  test('sets itself against an earlier run', async () => {
    const half = read();
    half.machine.processor = 'Another Processor';
    for (const { ours } of half.results) for (const time of Object.values(ours)) time.median *= 2;
    writeFileSync(folder.at('earlier.json'), JSON.stringify(half));
    const { status, stdout } = await bench([...quick, ...only, '--resume', '--compare', folder.at('earlier.json')]);
    expect(status).toBe(0);
    const compared = stdout.slice(stdout.indexOf('times as fast'));
    for (const id of workloads) expect(compared).toMatch(new RegExp(`${id} .* 2\\.0 .* 2\\.0$`, 'm'));
    expect(compared).toContain('another processor (Another Processor');
  });

  test('stops at a wrong margin, and says which', async () => {
    spoil('samples', ({ samples }) => (samples[3].crown[7] += 0.1));
    const { status, stderr } = await bench([...quick, '--only', workloads[0]]);
    expect(stderr).toMatch(
      /^bench: s-crown-eval\/fc\/rate\/fresh: crown\[7\] of image 3 is -?\d.*, the oracle says -?\d/,
    );
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });

  test('stops at a wrong gradient, and says which', async () => {
    spoil('derivatives', ({ derivatives }) => (derivatives[2] *= 1.01));
    const { status, stderr } = await bench([...quick, '--only', workloads[1]]);
    expect(stderr).toMatch(/s-ibp-step\/fc\/direct\/fresh: the gradient of layers\.1\.weight along .* the oracle says/);
    expect(status).toBe(1);
  });
});
