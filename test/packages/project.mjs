import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { npm } from '../../scripts/setup/command.mjs';
import { at } from '../../scripts/setup/places.mjs';
import { execute } from '../execute.mjs';
import { tarball } from './tarballs.mjs';

/** What every consumer runs: trainings, predictions and bounds as short texts. */
const programs = ['same-bits.mjs', 'toy.mjs'];

/** A clean project of a stranger, outside the repository, so that nothing is found by accident. */
export class Project {
  #folder = realpathSync(mkdtempSync(join(tmpdir(), 'certispike-user-')));

  constructor() {
    this.write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }));
    for (const name of programs) copyFileSync(at('test', 'sdk', name), this.path(name));
  }

  path(...parts) {
    return join(this.#folder, ...parts);
  }

  write(path, text) {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  /** Installs packages of this repository by their short names, others by name and version. */
  async install(...packages) {
    const own = ['sdk', 'datasets', 'cli'];
    const specs = packages.map((name) => (own.includes(name) ? tarball(name) : name));
    const [command, before] = npm();
    const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel', 'error', ...specs];
    await this.run(command, [...before, ...args]);
  }

  /** Runs a program in the project's folder; what it prints, or an error with all it printed. */
  async run(command, args, env = {}) {
    return execute(command, args, { cwd: this.#folder, env: { ...plain(process.env), ...env } });
  }

  /** Runs a program of an installed package. */
  bin(name, args, env) {
    return this.run(this.path('node_modules', '.bin', name), args, env);
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The environment without what npm and jest put there for their own. */
function plain(env) {
  const own = /^(npm_|NODE_OPTIONS$|NODE_ENV$|JEST_|CERTISPIKE_|INIT_CWD$)/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}
