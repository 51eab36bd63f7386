import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { packVersion } from './cargo-tools.mjs';
import { answer } from './command.mjs';
import { at } from './places.mjs';
import { coreFeatures } from './wasm.mjs';
import { isFallback } from './wasm-target.mjs';

/** Everything that has a say in the bytes of a module. */
const sources = [
  'crates',
  'Cargo.toml',
  'Cargo.lock',
  '.cargo',
  'scripts/setup',
  'scripts/wasm-target.sh',
  'package-lock.json',
];

/** The SDK's modules, and what cargo is told about each. */
const modules = {
  'snn_core_bg.wasm': { crate: 'snn-core', arguments: coreFeatures.snn_core },
  'snn_training_bg.wasm': { crate: 'snn-core', arguments: coreFeatures.snn_training },
  'snn_formats_bg.wasm': { crate: 'snn-formats', arguments: [] },
  'snn_graphs_bg.wasm': { crate: 'snn-graphs', arguments: [] },
};

/**
 * Writes `provenance.json` beside the SDK's modules: what made them, enough to make them again and see that they are the same.
 * @returns what it says
 */
export function writeProvenance() {
  const folder = at('packages', 'sdk', 'dist');
  const files = Object.keys(modules).map((name) => [name, readFileSync(`${folder}/${name}`)]);
  const provenance = {
    schema: 1,
    source: source(),
    tools: {
      ...producers(files[0][1]),
      'wasm-pack': packVersion,
      binaryen: JSON.parse(text('node_modules/binaryen/package.json')).version,
    },
    target: 'wasm32-unknown-unknown',
    standardLibrary: isFallback() ? "compiled from Debian's sources" : "rustup's",
    rustflags: list('.cargo/config.toml', 'rustflags'),
    profile: profile(),
    modules: Object.fromEntries(files.map(([name, bytes]) => [name, { ...made(modules[name]), ...seen(bytes) }])),
  };
  writeFileSync(`${folder}/provenance.json`, `${JSON.stringify(provenance, null, 2)}\n`);
  return provenance;
}

/** The last commit that changed what the modules are made of, and whether files differ from it; null outside of a clone. */
function source() {
  const commit = answer('git', ['log', '-1', '--format=%H', '--', ...sources]) || null;
  const status = answer('git', ['status', '--porcelain', '--', ...sources]);
  return { commit, modified: commit === null ? null : status !== '' };
}

/** What a module says of the tools that processed it. */
function producers(bytes) {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'producers');
  const words = Buffer.from(section).toString();
  const version = (tool, form) => new RegExp(`${tool}[^\\d]?(${form})`).exec(words)?.[1];
  return {
    rustc: version('rustc', '\\d[\\d.]+ \\([^)]*\\)'),
    'wasm-bindgen': version('wasm-bindgen', '\\d+\\.\\d+\\.\\d+'),
  };
}

const made = ({ crate, arguments: given }) => ({
  crate,
  arguments: given,
  'wasm-opt': list(`crates/${crate}/Cargo.toml`, 'wasm-opt'),
});

const seen = (bytes) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
  gzipped: gzipSync(bytes, { level: 9 }).length,
});

/** The profile of releases as `name = value`. */
function profile() {
  const [, lines] = /^\[profile\.release\]\n([\s\S]*?)\n\n/m.exec(text('Cargo.toml'));
  return lines.split('\n');
}

/** A list of texts in a TOML file, on one line. */
const list = (path, name) => JSON.parse(new RegExp(`^${name} = (\\[.*\\])$`, 'm').exec(text(path))[1]);

const text = (path) => readFileSync(at(path), 'utf8');
