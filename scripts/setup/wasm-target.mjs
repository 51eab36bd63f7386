import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { work } from './command.mjs';
import { tools } from './places.mjs';
import { rustVersion } from './rust.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';

const log = join(tools, 'logs', 'wasm-target.log');
const choice = join(tools, 'wasm-toolchain');

const hash = () => hashOf(['scripts/wasm-target.sh'], [rustVersion()]);

/** Does the build for wasm need the toolchain made from Debian's packages? */
export const isFallback = () => existsSync(choice) && readFileSync(choice, 'utf8') === 'debian';

/** Environment in which cargo can compile for wasm. */
export const wasmEnvironment = () =>
  isFallback() ? { RUSTUP_TOOLCHAIN: 'debian', CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: 'wasm-ld-22' } : {};

/** The standard library of Rust for wasm32-unknown-unknown. */
export const wasmTarget = {
  name: 'Rust target wasm32-unknown-unknown',
  usually: '5 seconds, 1 minute where it must be built',
  isDone: () => existsSync(choice) && isStamped('wasm-target', hash()),
  async run() {
    await work('wasm-target', 'bash', ['scripts/wasm-target.sh']);
    const said = readFileSync(log, 'utf8').trimEnd().split('\n');
    writeFileSync(choice, said[said.length - 1]);
    stamp('wasm-target', hash());
  },
};
