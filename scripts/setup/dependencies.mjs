import { existsSync, readFileSync } from 'node:fs';
import { npm, work } from './command.mjs';
import { at } from './places.mjs';

const read = (path) => JSON.parse(readFileSync(at(path), 'utf8'));
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** Does every manifest still say what the lock file was made from? */
function manifestsAgree(locked) {
  return Object.entries(locked)
    .filter(([path]) => !path.includes('node_modules'))
    .every(([path, entry]) => {
      const manifest = read(`${path || '.'}/package.json`);
      return kinds.every((kind) => JSON.stringify(manifest[kind] ?? {}) === JSON.stringify(entry[kind] ?? {}));
    });
}

/** npm leaves in node_modules a record of what it installed: is it what the lock file wants? */
function isInstalled() {
  const record = 'node_modules/.package-lock.json';
  if (!existsSync(at(record))) return false;
  const installed = read(record).packages;
  const locked = read('package-lock.json').packages;
  const present = Object.entries(locked)
    .filter(([path]) => path.startsWith('node_modules/'))
    .every(([path, { version, optional, peer }]) =>
      installed[path] ? installed[path].version === version : optional || peer,
    );
  return present && manifestsAgree(locked);
}

/** The npm dependencies of all workspaces, exactly as locked. */
export const dependencies = {
  name: 'npm dependencies',
  usually: '1 minute',
  isDone: isInstalled,
  async run() {
    // No package needs its install script, so none runs.
    const [command, before] = npm();
    await work('npm', command, [...before, 'ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  },
};
