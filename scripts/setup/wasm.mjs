import { existsSync, renameSync, rmSync } from 'node:fs';
import { bindgenVersion } from './cargo-tools.mjs';
import { work } from './command.mjs';
import { at } from './places.mjs';
import { rustVersion } from './rust.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';
import { wasmEnvironment } from './wasm-target.mjs';

/** A crate as WebAssembly with its bindings, in a folder of a package. */
function module({ crate, folder, name, usually }) {
  const own = [`crates/${crate}/src`, `crates/${crate}/Cargo.toml`];
  const hash = () => {
    const words = [rustVersion(), bindgenVersion(), wasmEnvironment()];
    return hashOf([...own, 'Cargo.toml', 'Cargo.lock', '.cargo/config.toml'], words);
  };
  return {
    name,
    usually,
    isDone: () => existsSync(at(folder, `${crate.replace('-', '_')}_bg.wasm`)) && isStamped(crate, hash()),
    async run() {
      const before = hash();
      // Built beside and moved, so that a failed build leaves the last good one.
      const fresh = at('target', `wasm-${crate}`);
      rmSync(fresh, { recursive: true, force: true });
      // `no-install`: wasm-bindgen and wasm-opt come from this project's PATH, never from a download.
      const args = ['build', at('crates', crate), '--target', 'web', '--release', '--mode', 'no-install', '--no-pack'];
      await work(crate, 'wasm-pack', [...args, '--out-dir', fresh], { env: wasmEnvironment() });
      // wasm-pack ignores everything it makes, which would empty the npm package too.
      rmSync(`${fresh}/.gitignore`, { force: true });
      rmSync(at(folder), { recursive: true, force: true });
      renameSync(fresh, at(folder));
      stamp(crate, before);
    },
  };
}

/** What the SDK computes with, SIMD included, what it reads and writes models and graphs with, and what opens compressed recordings. */
export const modules = [
  module({ crate: 'snn-core', folder: 'packages/sdk/core', name: 'WASM core', usually: '1 minute' }),
  module({ crate: 'snn-formats', folder: 'packages/sdk/formats', name: 'WASM file formats', usually: '20 seconds' }),
  module({ crate: 'snn-graphs', folder: 'packages/sdk/graphs', name: 'WASM graph files', usually: '40 seconds' }),
  module({ crate: 'event-codecs', folder: 'packages/datasets/codecs', name: 'WASM codecs', usually: '40 seconds' }),
];
