import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { at, environment, root } from '../../setup/places.mjs';
import { hashOf } from '../../setup/stamp.mjs';
import { modules } from '../../setup/wasm.mjs';
import { wasmEnvironment } from '../../setup/wasm-target.mjs';
import { Mistake } from '../failure.mjs';

const sdk = 'packages/sdk/dist';
const file = 'snn_core_bg.wasm';

/**
 * A copy of the SDK whose core keeps the names of its functions, and keeps functions with a single caller apart from it:
 * otherwise hardly any kernel would be left to tell from the others.
 * @param folder where copies are kept, one per build of the SDK
 * @returns the folder of the copy
 * @throws Mistake when the sources are no longer those of the SDK, or a step fails
 */
export function namedSdk(folder) {
  const target = join(folder, hashOf([sdk]).slice(0, 24));
  if (existsSync(target)) return target;
  if (!modules.every((module) => module.isDone())) {
    throw new Mistake('--profile: the core was changed after it was built; run it without --no-setup');
  }
  const fresh = `${target}.part`;
  rmSync(fresh, { recursive: true, force: true });
  cpSync(at(sdk), fresh, { recursive: true });
  const made = namedCore(join(fresh, 'named'), ['--one-caller-inline-max-function-size=0']);
  // Whatever is loaded is then the larger module, which computes the same.
  for (const name of [file, 'snn_training_bg.wasm']) copyFileSync(made, join(fresh, name));
  renameSync(fresh, target);
  return target;
}

/**
 * The core by the same steps as wasm-pack's, but with the names of its functions.
 * @param folder of what is made
 * @param extra options of wasm-opt, besides those of the manifest
 * @returns path of the file
 * @throws Mistake when a step fails
 */
function namedCore(folder, extra) {
  const cargo = ['build', '--lib', '--release', '--package', 'snn-core', '--target', 'wasm32-unknown-unknown'];
  const messages = run('cargo', [...cargo, '--message-format', 'json']).split('\n');
  const artifacts = messages.filter((line) => line.startsWith('{"reason":"compiler-artifact"'));
  const files = artifacts.flatMap((line) => JSON.parse(line).filenames);
  const compiled = files.find((name) => name.endsWith('snn_core.wasm'));
  run('wasm-bindgen', [compiled, '--target', 'web', '--no-typescript', '--out-dir', folder]);
  const manifest = readFileSync(at('crates/snn-core/Cargo.toml'), 'utf8');
  const flags = JSON.parse(/^wasm-opt = (\[[^\]]*\])/m.exec(manifest)[1]);
  const target = join(folder, 'named.wasm');
  run('wasm-opt', [join(folder, file), ...flags, ...extra, '-g', '-o', target]);
  return target;
}

function run(command, args) {
  const options = { cwd: root, env: environment(wasmEnvironment()), encoding: 'utf8', maxBuffer: 2 ** 28 };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  throw new Mistake(`--profile: \`${command}\` failed: ${error?.message ?? stderr.trim().split('\n').pop()}`);
}
