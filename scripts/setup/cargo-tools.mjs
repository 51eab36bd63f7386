import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { work } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { at, tools } from './places.mjs';

/** cargo's own record of what it installed below `.tools`. */
function isInstalled(crate, version) {
  const record = join(tools, '.crates.toml');
  return existsSync(record) && readFileSync(record, 'utf8').includes(`"${crate} ${version} `);
}

/** The command line must be of exactly the version of the library that is compiled in. */
export function bindgenVersion() {
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(readFileSync(at('Cargo.lock'), 'utf8'))?.[1];
  if (version === undefined)
    throw new SetupFailure('Cargo.lock names no wasm-bindgen: restore it with `git checkout Cargo.lock`.');
  return version;
}

async function install(crate, version, flags) {
  const args = ['install', '--root', tools, '--version', version, ...flags, crate];
  // Both tools share what they have in common, and an interrupted installation goes on where it was.
  await work(crate, 'cargo', args, { env: { CARGO_TARGET_DIR: join(tools, 'build') } });
}

export const packVersion = '0.15.1';

/** wasm-pack, compiled here: its npm package downloads a binary from elsewhere. */
export const wasmPack = {
  name: `wasm-pack ${packVersion}`,
  usually: '2 minutes',
  isDone: () => isInstalled('wasm-pack', packVersion),
  run: () => install('wasm-pack', packVersion, ['--locked']),
};

/** wasm-bindgen's command line; its own lock file can name crates that a mirror does not have yet, so it is not used. */
export const wasmBindgen = {
  name: 'wasm-bindgen-cli',
  usually: '2 minutes',
  isDone: () => isInstalled('wasm-bindgen-cli', bindgenVersion()),
  async run() {
    await install('wasm-bindgen-cli', bindgenVersion(), []);
    rmSync(join(tools, 'build'), { recursive: true, force: true });
  },
};
