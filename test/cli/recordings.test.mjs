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
    [['--reading', 'depth=3'], 'bad-value', /--reading\.depth: expected one of width, height, .*, got "depth"/],
    [['--reading', 'width'], 'bad-value', /--reading: expected name=value with commas between.*, got "width"/],
    [['--reading', 'outside=keep'], 'option-invalid', /outside: expected one of error, drop, got "keep"/],
    [['--data', 'mnist', '--reading', 'outside=drop'], 'bad-value', /reading: expected none for mnist, which are/],
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
    // What is wrong with each stands above, once.
    expect(lines[2]).toMatch(
      /: expected 80 that can be read, got 2 that cannot, named above\. .*--skip-bad.*\[recordings-bad\]$/,
    );
    expect(lines[2]).not.toContain(first);

    const skipped = await certispike([...call, '--skip-bad']);
    expect(skipped.status).toBe(0);
    expect(skipped.stderr.match(/left out: /g)).toHaveLength(2);
    expect(skipped.stderr).toContain('2 recordings were left out');
  });

  test('are read as --reading says, which the messages name, and the model remembers it', async () => {
    const files = officialFiles({ train: 60, test: 20 });
    const lenient = await writeFiles(folder.at('lenient'), files);
    const [cut, empty, outside] = Object.keys(files);
    truncateSync(`${lenient}/${cut}`, 33);
    writeFileSync(`${lenient}/${empty}`, '');
    writeFileSync(`${lenient}/${outside}`, Buffer.concat([files[outside], Buffer.of(200, 20, 0x7f, 0xff, 0xff)]));
    const refused = await certispike(['info', lenient]);
    for (const option of ['truncated=drop', 'empty=allow', 'outside=drop']) expect(refused.stderr).toContain(option);

    const reading = { truncated: 'drop', empty: 'allow', outside: 'drop' };
    const said = Object.entries(reading).map((pair) => pair.join('='));
    const model = folder.at('lenient.safetensors');
    const call = ['train', '--data', lenient, '--epochs', '1', '--out', model, '--quiet', '--reading', said.join(',')];
    expect(await certispike(call)).toMatchObject({ status: 0, stderr: '' });
    const certify = ['certify', '--model', model, '--data', lenient, '--region', 'flips:k=1', '--limit', '2', '--json'];
    const { status, stdout } = await certispike([...certify, '--bounds', 's-ibp']);
    expect({ status, ...JSON.parse(stdout) }).toMatchObject({ status: 0, recordings: { reading, skipped: 0 } });
    const other = await certispike([...certify, '--reading', 'outside=drop']);
    expect(other.stderr).toContain('got 2 that cannot');

    const one = await certispike(['info', `${lenient}/${outside}`, '--reading', 'width=240,height=180', '--json']);
    expect(JSON.parse(one.stdout).sensor).toEqual({ width: 240, height: 180, polarities: 2 });
  });
});

test('simulated recordings are a data set by name', async () => {
  const small = ['--limit', '32', '--validation', '20', '--epochs', '1', '--bins', '3', '--quiet'];
  const out = folder.at('simulated.safetensors');
  const { status, stderr } = await certispike(['train', '--data', 'nmnist-simulated', ...small, '--out', out]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
