import { existsSync, renameSync, rmSync } from 'node:fs';
import { bindgenVersion } from './cargo-tools.mjs';
import { work } from './command.mjs';
import { at } from './places.mjs';
import { rustVersion } from './rust.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';
import { wasmEnvironment } from './wasm-target.mjs';

const core = 'packages/sdk/core';
const sources = ['crates/snn-core/src', 'crates/snn-core/Cargo.toml', 'Cargo.toml', 'Cargo.lock', '.cargo/config.toml'];

const hash = () => hashOf(sources, [rustVersion(), bindgenVersion(), wasmEnvironment()]);

/** The core as WebAssembly with SIMD and its bindings, in `packages/sdk/core`. */
export const wasm = {
  name: 'WASM core',
  usually: '1 minute',
  isDone: () => existsSync(at(core, 'snn_core_bg.wasm')) && isStamped('wasm', hash()),
  async run() {
    const before = hash();
    // Built beside and moved, so that a failed build leaves the last good one.
    const fresh = at('target', 'wasm-core');
    rmSync(fresh, { recursive: true, force: true });
    // `no-install`: wasm-bindgen and wasm-opt come from this project's PATH, never from a download.
    const args = ['build', at('crates/snn-core'), '--target', 'web', '--release', '--mode', 'no-install', '--no-pack'];
    await work('wasm', 'wasm-pack', [...args, '--out-dir', fresh], { env: wasmEnvironment() });
    // wasm-pack ignores everything it makes, which would empty the npm package too.
    rmSync(`${fresh}/.gitignore`, { force: true });
    rmSync(at(core), { recursive: true, force: true });
    renameSync(fresh, at(core));
    stamp('wasm', before);
  },
};
