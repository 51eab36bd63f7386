import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindingsOf, checkShared } from './bindings.mjs';
import { bindgenVersion } from './cargo-tools.mjs';
import { work } from './command.mjs';
import { at } from './places.mjs';
import { rustVersion } from './rust.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';
import { wasmEnvironment } from './wasm-target.mjs';

/** What the compiler made of both cores, before names are taken away: for tests that look into them. */
export const named = (name) => at('target', 'named', `${name}.wasm`);

/** A crate as WebAssembly with its bindings, in a folder of a package. */
function module({ crate, folder, name, usually, build, makes }) {
  const own = [`crates/${crate}/src`, `crates/${crate}/Cargo.toml`];
  const hash = () => {
    const words = [rustVersion(), bindgenVersion(), wasmEnvironment()];
    return hashOf([...own, 'Cargo.toml', 'Cargo.lock', '.cargo/config.toml'], words);
  };
  return {
    name,
    usually,
    isDone: () => makes.every((file) => existsSync(at(folder, file))) && isStamped(crate, hash()),
    async run() {
      const before = hash();
      // Built beside and moved, so that a failed build leaves the last good one.
      const fresh = at('target', `wasm-${crate}`);
      await build(crate, fresh);
      rmSync(at(folder), { recursive: true, force: true });
      renameSync(fresh, at(folder));
      stamp(crate, before);
    },
  };
}

/** @param features arguments for cargo */
async function packed(crate, fresh, features = []) {
  rmSync(fresh, { recursive: true, force: true });
  // `no-install`: wasm-bindgen and wasm-opt come from this project's PATH, never from a download.
  const args = ['build', at('crates', crate), '--target', 'web', '--release', '--mode', 'no-install', '--no-pack'];
  await work(crate, 'wasm-pack', [...args, '--out-dir', fresh, '--', ...features], { env: wasmEnvironment() });
  // wasm-pack ignores everything it makes, which would empty the npm package too.
  rmSync(`${fresh}/.gitignore`, { force: true });
}

/** What cargo is told for each of the two cores: what predicts and certifies, and what trains as well, which few programs load. */
export const coreFeatures = { snn_core: ['--no-default-features'], snn_training: [] };

async function cores(crate, fresh) {
  mkdirSync(at('target', 'named'), { recursive: true });
  for (const [name, features] of Object.entries(coreFeatures)) {
    await packed(crate, `${fresh}-${name}`, features);
    copyFileSync(at('target/wasm32-unknown-unknown/release/snn_core.wasm'), named(name));
  }
  assemble(`${fresh}-snn_core`, `${fresh}-snn_training`, fresh);
}

/**
 * Puts what wasm-pack made of both cores into one folder, with one text of bindings for both.
 * @param certifying folder of the one that predicts and certifies
 * @param training folder of the other
 */
export function assemble(certifying, training, folder) {
  const glue = [certifying, training].map((from) => readFileSync(join(from, 'snn_core.js'), 'utf8'));
  checkShared(...glue);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'bindings.js'), bindingsOf(glue[1]));
  writeFileSync(join(folder, 'bindings.d.ts'), "export function bindings(): typeof import('./snn_training.js');\n");
  for (const [from, name] of [
    [certifying, 'snn_core'],
    [training, 'snn_training'],
  ]) {
    copyFileSync(join(from, 'snn_core_bg.wasm'), join(folder, `${name}_bg.wasm`));
    copyFileSync(join(from, 'snn_core.d.ts'), join(folder, `${name}.d.ts`));
  }
}

const plain = (crate, folder, name) => ({
  crate,
  folder,
  name,
  usually: '40 seconds',
  build: packed,
  makes: [`${crate.replace('-', '_')}_bg.wasm`],
});

/** What the SDK computes with, SIMD included, what it reads and writes models and graphs with, and what opens compressed recordings. */
export const modules = [
  module({
    crate: 'snn-core',
    folder: 'packages/sdk/core',
    name: 'WASM core',
    usually: '2 minutes',
    build: cores,
    makes: ['bindings.js', 'snn_core_bg.wasm', 'snn_training_bg.wasm'],
  }),
  module(plain('snn-formats', 'packages/sdk/formats', 'WASM file formats')),
  module(plain('snn-graphs', 'packages/sdk/graphs', 'WASM graph files')),
  module(plain('event-codecs', 'packages/datasets/codecs', 'WASM codecs')),
];
