import { existsSync } from 'node:fs';
import { work } from './command.mjs';
import { at } from './places.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';

/** A step that bundles one npm package; `after` names what it is built from besides its own files. */
function bundle(folder, output, after) {
  const own = ['src', 'package.json', 'tsconfig.json', 'tsup.config.ts'].map((name) => `packages/${folder}/${name}`);
  const hash = () => hashOf([...own, ...after, 'tsconfig.base.json', 'package-lock.json']);
  return {
    name: `package ${folder}`,
    usually: '10 seconds',
    isDone: () => existsSync(at('packages', folder, 'dist', output)) && isStamped(`package-${folder}`, hash()),
    async run() {
      const before = hash();
      const tsup = at('node_modules/tsup/dist/cli-default.js');
      await work(`package-${folder}`, process.execPath, [tsup], { cwd: at('packages', folder) });
      stamp(`package-${folder}`, before);
    },
  };
}

/** The npm packages in the order in which they build on one another. */
export const packages = [
  bundle('sdk', 'index.js', [
    'packages/sdk/core',
    'packages/sdk/formats',
    'packages/sdk/graphs',
    'scripts/setup/provenance.mjs',
  ]),
  bundle('datasets', 'index.js', ['packages/datasets/codecs']),
  bundle('cli', 'certispike.js', ['packages/sdk/dist/index.d.ts', 'packages/datasets/dist/index.d.ts']),
];
