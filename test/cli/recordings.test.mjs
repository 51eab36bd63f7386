import { truncateSync, writeFileSync } from 'node:fs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { officialFiles, writeFiles } from '../datasets/nmnist-set.mjs';

let folder;
let data;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = await writeFiles(folder.at('set'), officialFiles({ train: 60, test: 20 }));
});
afterAll(() => folder.remove());

const train = (out, ...args) =>
  certispike(['train', '--data', data, '--epochs', '1', '--out', folder.at(out), '--json', ...args]);

describe('recordings of events', () => {
  test('are trained on as spikes, and the model says how they were cut', async () => {
    const { status, stdout, stderr } = await train('plain.safetensors');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain(`reading ${data}: 80 recordings\n`);
    expect(JSON.parse(stdout).training).toMatchObject({ validation: { examples: 5 } });

    const bins = ['--bins', '4', '--frames', '1-2'];
    expect((await train('few.safetensors', ...bins, '--quiet')).status).toBe(0);
    const info = JSON.parse((await certispike(['info', folder.at('few.safetensors'), '--json'])).stdout);
    expect(info).toMatchObject({
      network: { input: { shape: [2, 34, 34], encoding: 'spikes', steps: 2 } },
      notes: { recipe: { bins: 4, frames: '1-2' } },
    });
  });

  test('are certified and counted as the model was trained on them, and the record says how', async () => {
    const model = folder.at('few.safetensors');
    const certify = ['certify', '--model', model, '--data', data, '--region', 'flips:k=2', '--limit', '5', '--json'];
    const { status, stdout, stderr } = await certispike(certify);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({
      examples: 5,
      steps: 2,
      region: { kind: 'flips', budget: 2 },
      recordings: { framing: { bins: 4, start: 1, frames: 2 }, skipped: 0 },
    });
    const counted = await certispike(['info', model, '--data', data, '--limit', '5', '--json']);
    expect(JSON.parse(counted.stdout).activity).toMatchObject({ examples: 5, steps: 2, input: { kind: 'spikes' } });
  });

  test('can be cut by width', async () => {
    const { status, stdout } = await train('width.safetensors', '--bin-width', '5000', '--frames', '0-4', '--quiet');
    expect({ status, recipe: JSON.parse(stdout).recipe }).toMatchObject({ status: 0, recipe: { binWidth: 5000 } });
  });

  test.each([
    [['--bins', '4', '--bin-width', '5000'], 'bad-value', /binWidth: expected none beside bins/],
    [['--bin-width', '5000'], 'bad-value', /frames: expected the first and last frame beside binWidth/],
    [['--frames', '5-2'], 'bad-value', /--frames: expected the first and last frame/],
    [['--frames', '5'], 'bad-value', /--frames: expected the first and last frame/],
    [['--bins', '0'], 'bad-value', /--bins: expected a whole number from 1 up/],
    [['--bins', '4', '--frames', '3-4'], 'option-invalid', /frames/],
    [['--data', 'mnist', '--bins', '4'], 'bad-value', /bins: expected none for mnist, which are images/],
    [['--data', '/etc/hostname'], 'not-a-folder', /data: expected a folder/],
    [['--data', 'cifar'], 'unknown-data-set', /data: expected mnist, fashion-mnist, nmnist, nmnist-simulated/],
  ])('mistakes: %j', async (args, code, message) => {
    const { status, stdout, stderr } = await train('mistake.safetensors', '--quiet', ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^certispike: [^\n]* \\[${code}\\]\n$`));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('bad ones are all named; with --skip-bad the training goes on without them', async () => {
    const files = officialFiles({ train: 60, test: 20 });
    const bad = await writeFiles(folder.at('bad'), files);
    const [first, second] = Object.keys(files);
    truncateSync(`${bad}/${first}`, 33);
    writeFileSync(`${bad}/${second}`, '');
    const call = ['train', '--data', bad, '--epochs', '1', '--out', folder.at('bad.safetensors'), '--quiet'];
    const refused = await certispike(call);
    expect(refused.status).toBe(2);
    const lines = refused.stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain(first);
    expect(lines[1]).toContain(second);
    expect(lines[2]).toMatch(/expected 80 that can be read, got 2 that cannot.*--skip-bad.*\[recordings-bad\]$/);

    const skipped = await certispike([...call, '--skip-bad']);
    expect(skipped.status).toBe(0);
    expect(skipped.stderr.match(/left out: /g)).toHaveLength(2);
    expect(skipped.stderr).toContain('2 recordings were left out');
  });
});

test('simulated recordings are a data set by name', async () => {
  const small = ['--limit', '32', '--validation', '20', '--epochs', '1', '--bins', '3', '--quiet'];
  const out = folder.at('simulated.safetensors');
  const { status, stderr } = await certispike(['train', '--data', 'nmnist-simulated', ...small, '--out', out]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
