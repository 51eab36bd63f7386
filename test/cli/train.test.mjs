import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

let folder;
let data;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = await writeSmallSet(folder.at('set'), { train: 600, test: 100 });
});
afterAll(() => folder.remove());

/** A recipe that takes long enough to be interrupted, and no longer. */
const recipe = () => [
  '--preset',
  'mnist-fc-rate',
  '--data',
  data,
  '--epochs',
  '2',
  '--batch-size',
  '32',
  '--seed',
  '4',
];
const train = (out, args = [], options) =>
  certispike(['train', ...recipe(), '--checkpoint-every', '5', '--out', folder.at(out), ...args], options);

/** Ends the training with a signal as soon as its first checkpoint is there. */
function interruptedBy(name, checkpoint) {
  return (child) => {
    const timer = setInterval(() => {
      if (!existsSync(checkpoint)) return;
      clearInterval(timer);
      child.kill(name);
    }, 5);
    child.once('exit', () => clearInterval(timer));
  };
}

describe('certispike train', () => {
  test('writes a model that info and certify read, and prints one object with --json', async () => {
    const { status, stdout, stderr } = await train('plain.safetensors', ['--json']);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      model: folder.at('plain.safetensors'),
      recipe: { method: 's-ibp', epochs: 2, batchSize: 32, seed: 4 },
      training: { epochs: 2, steps: 36, kept: 'last', validation: { examples: 50 } },
    });
    // The checkpoint has served.
    expect(existsSync(folder.at('plain.checkpoint.safetensors'))).toBe(false);

    const info = await certispike(['info', folder.at('plain.safetensors'), '--json']);
    expect(info.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(info.stdout)).toMatchObject({
      kind: 'model',
      parameters: 144 * 512 + 512 + 512 * 256 + 256 + 256 * 10 + 10,
      network: { input: { shape: [1, 12, 12], encoding: 'rate', steps: 10 }, readout: { kind: 'rate' } },
      notes: { recipe: { method: 's-ibp', seed: 4 } },
      training: null,
    });
  });

  test('trains on moved and mirrored examples, the same ones for any number of workers', async () => {
    const bytes = async (out, ...args) => {
      const { status, stderr } = await train(out, ['--epochs', '1', ...args]);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      const { stdout } = await certispike([
        'certify',
        '--model',
        folder.at(out),
        '--data',
        data,
        '--epsilon',
        '0',
        '--json',
      ]);
      const tensors = readFileSync(folder.at(out));
      const header = 8 + Number(tensors.readBigUInt64LE());
      return { weights: tensors.subarray(header), cleanError: JSON.parse(stdout).clean_error };
    };
    const plain = await bytes('unmoved.safetensors', '--shifts', '0');
    const one = await bytes('moved-1.safetensors', '--shifts', '2', '--mirrors', '--workers', '1');
    const two = await bytes('moved-2.safetensors', '--shifts', '2', '--mirrors', '--workers', '2');
    expect(one.weights.equals(two.weights)).toBe(true);
    expect(one.weights.equals(plain.weights)).toBe(false);
    // Rows are classes: who is shown them moved up and down cannot learn them as well.
    expect(one.cleanError).toBeGreaterThan(plain.cleanError);
  }, 240_000);

  test('prints plain lines when piped, at most one every ten seconds', async () => {
    const { stderr } = await train('lines.safetensors', ['--epochs', '1']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.every((line) => line.startsWith('training '))).toBe(true);
    expect(lines.length).toBeLessThanOrEqual(4);
    expect(stderr).not.toContain('\u001b');
  });

  test('killed in the middle and resumed, the model is the same to the bit, for any number of workers', async () => {
    expect((await train('whole.safetensors', ['--workers', '1'])).status).toBe(0);
    const checkpoint = folder.at('killed.checkpoint.safetensors');
    const killed = await train('killed.safetensors', ['--workers', '2'], {
      onStart: interruptedBy('SIGKILL', checkpoint),
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(folder.at('killed.safetensors'))).toBe(false);

    const info = JSON.parse((await certispike(['info', checkpoint, '--json'])).stdout);
    expect(info).toMatchObject({ kind: 'training', training: { config: { method: 's-ibp', epochs: 2 } } });
    expect(info.training.state.step).toBeGreaterThanOrEqual(5);
    expect(info.training.state.step).toBeLessThan(36);

    const again = await train('killed.safetensors');
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/checkpoint: expected none.*--resume.*--fresh discards it \[checkpoint-exists\]/);

    const resumed = await train('killed.safetensors', ['--resume', '--json', '--workers', '2']);
    expect({ status: resumed.status, stderr: resumed.stderr }).toMatchObject({ status: 0 });
    expect(weights(folder.at('killed.safetensors'))).toEqual(weights(folder.at('whole.safetensors')));
  });

  test('Ctrl-C writes a checkpoint, says how to go on, and exits with 130', async () => {
    const checkpoint = folder.at('ended.checkpoint.safetensors');
    const ended = await train('ended.safetensors', [], { onStart: interruptedBy('SIGINT', checkpoint) });
    expect(ended.status).toBe(130);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain(`the training so far is in ${checkpoint}; to go on:\n  certispike train --preset`);
    expect(ended.stderr).toMatch(/ --resume\ncertispike: interrupted\n$/);
    expect(ended.stderr).not.toContain('    at ');

    const other = await train('ended.safetensors', ['--resume', '--kappa', '0.9']);
    expect(other.status).toBe(2);
    expect(other.stderr).toMatch(/kappa.*\[resume-mismatch\]\n$/);
    expect((await train('ended.safetensors', ['--resume', '--quiet'])).status).toBe(0);
  });

  test('starts from the weights of another model, whatever its readout', async () => {
    const start = folder.at('natural.safetensors');
    const natural = ['--data', data, '--epochs', '1', '--limit', '64', '--quiet'];
    expect((await certispike(['train', ...natural, '--out', start])).status).toBe(0);
    // With a learning rate of 0 the weights stay what they were.
    const still = ['--warm-start', start, '--readout', 'membrane', '--learning-rate', '0'];
    const warm = folder.at('warm.safetensors');
    expect((await certispike(['train', ...natural, ...still, '--out', warm])).status).toBe(0);
    expect(weights(warm)).toEqual(weights(start));

    const misfit = await certispike(['train', ...natural, '--network', 'conv', '--warm-start', start, '--out', warm]);
    expect(misfit.status).toBe(2);
    expect(misfit.stderr).toMatch(
      /warmStart: expected the tensors layers\.0\.weight 64 x 1 x 3 x 3.*\[warm-start-mismatch\]\n$/,
    );
  });

  test('takes a network from a file', async () => {
    const path = folder.at('network.json');
    const input = { shape: [1, 12, 12], encoding: 'direct', steps: 3 };
    const layers = [
      { kind: 'conv2d', channels: 4, kernel: 3, stride: 2, padding: 1 },
      { kind: 'linear', outputs: 10 },
    ];
    writeFileSync(path, JSON.stringify({ input, layers, readout: 'membrane' }));
    const small = ['--data', data, '--network', path, '--epochs', '1', '--limit', '64', '--quiet'];
    const out = folder.at('own.safetensors');
    expect((await certispike(['train', ...small, '--steps', '2', '--out', out])).status).toBe(0);
    const { network } = JSON.parse((await certispike(['info', out, '--json'])).stdout);
    expect(network).toMatchObject({ input: { ...input, steps: 2 }, readout: { kind: 'membrane' } });
    const text = (await certispike(['info', out])).stdout;
    expect(text).toContain('input: 1 x 12 x 12, direct, T = 2');
    expect(text).toMatch(/conv2d 4, 3 x 3, stride 2, padding 1 +threshold 0\.25, leak 0\.25, hard reset +40\n/);
  });
});

describe('mistakes', () => {
  test.each([
    ['no --out', [], 'missing-field', /out: expected a file for the model/],
    ['a folder as --out', ['--out', '/tmp'], 'is-a-folder', /out: expected a file, got a folder/],
    [
      'an --out in a file',
      ['--out', '/etc/hostname/m.safetensors'],
      'not-a-folder',
      /out: expected a folder, got a file/,
    ],
    [
      'an --out nowhere',
      ['--out', '/nowhere/m.safetensors'],
      'file-not-found',
      /out: no such file or folder: \/nowhere/,
    ],
    ['an unknown preset', ['--preset', 'cifar', '--out', 'm'], 'unknown-preset', /preset: expected one of mnist-/],
    ['a missing config', ['--config', 'nowhere.json', '--out', 'm'], 'file-not-found', /config: no such file/],
    ['no epsilon', ['--method', 's-ibp', '--out', 'm'], 'invalid-value', /epsilon: expected a number or a schedule/],
    ['slices of 3', ['--slices', '3', '--out', 'm'], 'invalid-value', /slices: expected one of 1, 2, 4/],
    ['a missing warm start', ['--warm-start', 'no.safetensors', '--out', 'm'], 'file-not-found', /no\.safetensors/],
    ['a foreign network', ['--network', '/etc/hostname', '--out', 'm'], 'bad-json', /network: expected JSON/],
    ['too large a validation', ['--validation', '600', '--out', 'm'], 'option-invalid', /validation: expected/],
  ])('%s', async (_, args, code, message) => {
    const given = args.map((arg) => (arg === 'm' ? folder.at('mistake.safetensors') : arg));
    const { status, stdout, stderr } = await certispike(['train', '--data', data, ...given, '--quiet']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^certispike: [^\n]* \\[${code}\\]\n$`));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('a full disk is an error with a code, and nothing half-written is left', async () => {
    const full = folder.at('full');
    mkdirSync(full);
    symlinkSync('/dev/full', `${full}/model.safetensors`);
    const small = ['--data', data, '--epochs', '1', '--limit', '64', '--quiet'];
    const { status, stderr } = await certispike(['train', ...small, '--out', `${full}/model.safetensors`]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/certispike: [^\n]*space[^\n]* \[disk-full\]\n$/);
    // The training is not lost: its last checkpoint is there to go on from.
    expect(readdirSync(full).sort()).toEqual(['model.checkpoint.safetensors', 'model.safetensors']);
    expect(stderr).toContain('--resume');
  });

  test('a damaged checkpoint is not resumed', async () => {
    writeFileSync(folder.at('bad.checkpoint.safetensors'), 'no checkpoint');
    const { status, stderr } = await train('bad.safetensors', ['--resume', '--quiet']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/bad\.checkpoint\.safetensors.*\[invalid-checkpoint\]\n$/);
  });
});

/** The bytes of the tensors of a safetensors file, without the header. */
function weights(path) {
  const bytes = readFileSync(path);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}
