import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bin, certispike } from './run-cli.mjs';

describe('help', () => {
  test.each([[[]], [['train']], [['certify']], [['attack']], [['info']], [['convert']], [['start']], [['report']]])(
    'certispike %j --help',
    async (command) => {
      const { status, stdout, stderr } = await certispike([...command, '--help']);
      expect(status).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toContain('Usage: certispike');
      expect(stdout).toMatch(/Examples?:\n {2}certispike/);
    },
  );

  test('without a command it is shown, with the status of wrong use', async () => {
    const { status, stdout, stderr } = await certispike([]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: certispike');
  });

  test('the installation links the command, for npx in a clone', () => {
    const link = fileURLToPath(new URL('../../node_modules/.bin/certispike', import.meta.url));
    expect(realpathSync(link)).toBe(bin);
  });

  test('--version prints the version alone', async () => {
    const { status, stdout } = await certispike(['--version']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('lists every preset', async () => {
    const { stdout } = await certispike(['train', '--help']);
    for (const preset of ['mnist-fc-rate', 'mnist-fc-rate-membrane', 'mnist-conv-rate', 'mnist-fc-direct']) {
      expect(stdout).toContain(`  ${preset} `);
      expect(stdout).toContain(`  ${preset}-natural`.replace('-membrane-natural', '-membrane'));
    }
  });
});
