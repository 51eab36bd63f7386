import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bin, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, text]) => ({ language, text }));

/** Lines that call the command line, in the order of the README. */
const calls = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => text.split('\n'))
  .filter((line) => line.startsWith('certispike '));

describe('README', () => {
  test('shows the example that is run here', () => {
    const example = readFileSync(`${root}examples/certify.mjs`, 'utf8');
    expect(blocks.filter(({ language }) => language === 'js').map(({ text }) => text)).toContain(example);
    const lines = example.split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThanOrEqual(10);
  });

  test('every call of the command line works as it stands, in a quick form', async () => {
    const folder = await temporaryFolder();
    const data = await writeSmallSet(folder.at('set'), { train: 300, test: 40 });
    mkdirSync(folder.at('bin'));
    writeFileSync(folder.at('bin/certispike'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
    chmodSync(folder.at('bin/certispike'), 0o755);
    const env = { ...process.env, PATH: `${folder.at('bin')}${delimiter}${process.env.PATH}` };
    // Flags that come later win.
    const quick = {
      train: `--data '${data}' --epochs 1 --limit 64`,
      certify: `--data '${data}' --limit 10`,
      info: '',
    };
    const commands = calls.map((call) => call.split(' ')[1]);
    expect(new Set(commands)).toEqual(new Set(Object.keys(quick)));
    for (const [index, call] of calls.entries()) {
      const line = `${call} ${quick[commands[index]]}`;
      const run = execute('sh', ['-c', line], { cwd: folder.path, env }).catch((error) => error);
      const { code = 0, stderr, stdout } = await run;
      // A network of one short epoch need not have the property that is asked for; nothing else may go wrong.
      expect({ line, stderr, isFine: code === 0 || (code === 1 && call.includes('--require')) }).toMatchObject({
        isFine: true,
      });
      if (call.includes('--json')) expect(JSON.parse(stdout)).toHaveProperty('certified_error.best');
    }
    await folder.remove();
  });

  test('the example runs', async () => {
    const { stdout } = await execute(process.execPath, ['examples/certify.mjs'], { cwd: root });
    expect(stdout).toMatch(/cleanError: 0\.\d+/);
    expect(stdout).toMatch(/certifiedError: \{ sIbp: 0\.\d+, sCrown: 0\.\d+, best: 0\.\d+ \}/);
  });
});
