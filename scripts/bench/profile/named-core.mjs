import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, environment, root } from '../../setup/places.mjs';
import { wasmEnvironment } from '../../setup/wasm-target.mjs';
import { Mistake } from '../failure.mjs';
import { coreFile } from '../versions.mjs';
import { codeOf, namesOf } from './wasm-file.mjs';

/**
 * Names of the functions of the core that the SDK runs, by index: from a build of the same code that keeps them.
 * @param folder where it is built, once per core
 * @throws Mistake when it cannot be built, or is not the same code
 */
export function coreNames(folder) {
  const shipped = readFileSync(coreFile());
  const path = join(folder, `${createHash('sha256').update(shipped).digest('hex').slice(0, 24)}.wasm`);
  if (!existsSync(path)) {
    const bytes = namedCore(folder);
    if (!Buffer.from(codeOf(bytes)).equals(codeOf(shipped))) {
      throw new Mistake('--profile: the core was changed after the SDK was built; run it without --no-setup');
    }
    writeFileSync(path, bytes);
  }
  return namesOf(readFileSync(path));
}

/**
 * The core as it is shipped, but with the names of its functions: the same steps as wasm-pack's, with `-g` for wasm-opt.
 * @returns the bytes of the file
 * @throws Mistake when a step fails
 */
export function namedCore(folder) {
  const cargo = ['build', '--lib', '--release', '--package', 'snn-core', '--target', 'wasm32-unknown-unknown'];
  const messages = run('cargo', [...cargo, '--message-format', 'json']).split('\n');
  const artifacts = messages
    .filter((line) => line.startsWith('{"reason":"compiler-artifact"'))
    .map((line) => JSON.parse(line));
  const compiled = artifacts.flatMap(({ filenames }) => filenames).find((name) => name.endsWith('snn_core.wasm'));
  run('wasm-bindgen', [compiled, '--target', 'web', '--no-typescript', '--out-dir', folder]);
  const target = join(folder, 'named.wasm');
  run('wasm-opt', [join(folder, 'snn_core_bg.wasm'), ...flags(), '-g', '-o', target]);
  return readFileSync(target);
}

/** What wasm-pack gives wasm-opt. */
function flags() {
  const manifest = readFileSync(at('crates/snn-core/Cargo.toml'), 'utf8');
  return JSON.parse(/^wasm-opt = (\[[^\]]*\])/m.exec(manifest)[1]);
}

function run(command, args) {
  const options = { cwd: root, env: environment(wasmEnvironment()), encoding: 'utf8', maxBuffer: 2 ** 28 };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  throw new Mistake(`--profile: \`${command}\` failed: ${error?.message ?? stderr.trim().split('\n').pop()}`);
}
