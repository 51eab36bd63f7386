import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureChromium } from '../setup/chromium.mjs';
import { ensureFirefox } from '../setup/firefox.mjs';
import { ensureNewerNode } from '../setup/newer-node.mjs';
import { at, tools } from '../setup/places.mjs';
import { isFallback, wasmEnvironment } from '../setup/wasm-target.mjs';
import { asOne, cargoCounts, jestCounts } from './count.mjs';
import { seed } from './seed.mjs';
import { stream } from './stream.mjs';

const node = (path, ...args) => stream(process.execPath, [at('node_modules', path), ...args]);

/** cargo runs tests in the folder of their crate; a folder of fixtures is meant from where the person stands. */
const fixtures = process.env.CERTISPIKE_FIXTURES
  ? { CERTISPIKE_FIXTURES: resolve(process.env.INIT_CWD ?? '.', process.env.CERTISPIKE_FIXTURES) }
  : {};
const cargo = (...args) =>
  stream('cargo', args, { CARGO_TERM_COLOR: 'never', PROPTEST_RNG_SEED: `${seed()}`, ...fixtures });

async function types() {
  let ok = true;
  for (const name of ['sdk', 'datasets', 'cli', 'demo']) {
    ok = (await node('typescript/bin/tsc', '--noEmit', '--project', at('packages', name))).ok && ok;
  }
  return asOne(ok);
}

/** Clippy over everything native, and over the door to JavaScript of both cores, which only the wasm target compiles. */
async function clippy() {
  const deny = ['--', '-D', 'warnings'];
  const native = await cargo('clippy', '--all-targets', ...deny);
  // The toolchain of the fallback has no clippy.
  if (isFallback()) return asOne(native.ok);
  const door = ['clippy', '--lib', '--target', 'wasm32-unknown-unknown'];
  const over = async (...further) => (await stream('cargo', [...door, ...further, ...deny], wasmEnvironment())).ok;
  return asOne(native.ok && (await over()) && (await over('--package', 'snn-core', '--no-default-features')));
}

/** The packages as npm delivers them, installed and run where their users are. */
async function packages(filters) {
  const places = { FIREFOX_PATH: await ensureFirefox() };
  return jest(['--config', at('test/packages/jest.config.mjs'), ...filters], places);
}

async function jest(filters, further = {}) {
  const places = { ...further, CHROMIUM_PATH: await ensureChromium(), NEWER_NODE_PATH: await ensureNewerNode() };
  // A test that finds its variable unset does not run.
  const env = Object.fromEntries(Object.entries(places).filter(([, path]) => path !== undefined));
  const report = join(tools, 'jest.json');
  rmSync(report, { force: true });
  const args = ['--experimental-vm-modules', at('node_modules/jest/bin/jest.js'), '--json', '--outputFile', report];
  const outcome = await stream(process.execPath, [...args, ...filters], env);
  return jestCounts(outcome, existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined);
}

/** Every check by name, in the order of a full run; each resolves to its counts. */
export const checks = {
  prettier: async () => asOne((await node('prettier/bin/prettier.cjs', '--check', '.')).ok),
  eslint: async () => asOne((await node('eslint/bin/eslint.js', '--max-warnings', '0', '.')).ok),
  types,
  rustfmt: async () => asOne((await cargo('fmt', '--check')).ok),
  clippy,
  cargo: async () => cargoCounts(await cargo('test', '--release')),
  jest,
};

/** Checks that run when they are asked for: parts of those above. */
export const onDemand = {
  packages,
  fixtures: async () => cargoCounts(await cargo('test', '--release', '--test', 'fixtures')),
};
