import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { at } from '../../scripts/setup/places.mjs';
import { bytesOf, filesOf } from './archive.mjs';
import { tarball } from './tarballs.mjs';

const names = ['sdk', 'datasets', 'cli'];
const manifest = (name) => JSON.parse(bytesOf(tarball(name), 'package.json'));
const scripts = (name) => filesOf(tarball(name)).filter((path) => path.endsWith('.js'));
const text = (name, path) => bytesOf(tarball(name), path).toString();

test.each(names)('%s has what a package needs, and nothing of ours', (name) => {
  const files = filesOf(tarball(name));
  expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
  const strange = files.filter((path) => !/^(package\.json|README\.md|LICENSE|(dist|bin)\/[^/]+)$/.test(path));
  expect(strange).toEqual([]);
  const { license, description, engines, version } = manifest(name);
  expect({ license, version, engines }).toEqual({
    license: 'MIT',
    version: JSON.parse(readFileSync(at('package.json'))).version,
    engines: { node: '>=20.19' },
  });
  expect(description.length).toBeGreaterThan(20);
});

test.each(['sdk', 'datasets'])('%s names its types, its worlds and what it may lose', (name) => {
  const { exports, sideEffects, types, type } = manifest(name);
  const files = new Set(filesOf(tarball(name)).map((path) => `./${path}`));
  for (const target of Object.values(exports).flatMap((entry) => Object.values(entry ?? {}))) {
    if (target.startsWith('./')) expect(files).toContain(target);
  }
  for (const path of sideEffects) expect(files).toContain(path);
  expect(files).toContain(types);
  expect(type).toBe('module');
});

test.each(names)('publint finds nothing in %s', (name) => {
  const output = execFileSync(process.execPath, [at('node_modules/publint/src/cli.js'), tarball(name), '--strict'], {
    encoding: 'utf8',
  });
  expect(output).toMatch(/All good/);
});

test.each(['sdk', 'datasets'])('the types of %s resolve in every ESM world', (name) => {
  const cli = at('node_modules/@arethetypeswrong/cli/dist/index.js');
  const args = [cli, '--profile', 'esm-only', '--format', 'json', tarball(name)];
  const { problems } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  // A CommonJS reader must use a dynamic import: what `esm-only` says, and what the file says of itself.
  const kinds = Object.keys(problems ?? {}).filter((kind) => !['CJSResolvesToESM', 'NoResolution'].includes(kind));
  expect(kinds).toEqual([]);
});

test.each(names)('%s compiles no text, and waits for nothing when it is imported', (name) => {
  for (const path of scripts(name)) {
    const source = text(name, path);
    expect([path, source.match(/\bnew Function\b|\beval\(/)?.[0]]).toEqual([path, undefined]);
    expect([path, awaitsAtTop(ts.createSourceFile(path, source, ts.ScriptTarget.Latest))]).toEqual([path, false]);
  }
});

function awaitsAtTop(node) {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
  return ts.forEachChild(node, awaitsAtTop) ?? false;
}

test('waiting at the top is seen', () => {
  const awaits = (source) => awaitsAtTop(ts.createSourceFile('a.js', source, ts.ScriptTarget.Latest));
  expect(awaits('const a = await b();')).toBe(true);
  expect(awaits('const a = async () => { await b(); for await (const c of d) c(); };')).toBe(false);
});

describe('weight', () => {
  const packed = (bytes) => gzipSync(bytes, { level: 9 }).length;
  const weight = (paths) => paths.reduce((sum, path) => sum + packed(bytesOf(tarball('sdk'), `dist/${path}`)), 0);

  // All that the package can do; a bundler leaves out what a page does not call.
  test('a page without a bundler loads less than 160 kB to predict and certify', () => {
    const chunks = reachable('browser.js').concat(reachable('worker.js'));
    const paths = [...new Set(chunks), 'snn_core_bg.wasm'];
    expect(paths.length).toBeGreaterThan(4);
    expect(weight(paths)).toBeLessThan(160_000);
  });

  test('the core takes less than 120 kB', () => {
    expect(weight(['snn_core_bg.wasm'])).toBeLessThan(120_000);
  });

  /** An entry and everything it imports at once; what is imported later is not fetched by it. */
  function reachable(entry, seen = []) {
    if (seen.includes(entry)) return seen;
    seen.push(entry);
    const { statements } = ts.createSourceFile(entry, text('sdk', `dist/${entry}`), ts.ScriptTarget.Latest);
    for (const { moduleSpecifier } of statements) {
      if (moduleSpecifier?.text.startsWith('./')) reachable(moduleSpecifier.text.slice(2), seen);
    }
    return seen;
  }
});

describe('provenance', () => {
  const provenance = () => JSON.parse(text('sdk', 'dist/provenance.json'));

  test('every .wasm is the one that is told of', () => {
    const modules = filesOf(tarball('sdk')).filter((file) => file.endsWith('.wasm'));
    expect(Object.keys(provenance().modules).map((name) => `dist/${name}`)).toEqual(expect.arrayContaining(modules));
    for (const path of modules) {
      const bytes = bytesOf(tarball('sdk'), path);
      const { sha256, bytes: length, gzipped } = provenance().modules[path.replace('dist/', '')];
      expect([path, sha256, length]).toEqual([path, createHash('sha256').update(bytes).digest('hex'), bytes.length]);
      // Versions of Node compress a little differently.
      expect(Math.abs(gzipped - gzipSync(bytes, { level: 9 }).length)).toBeLessThan(gzipped / 50);
    }
  });

  test('it says what to build and with what, and nothing of the machine', () => {
    const version = expect.stringMatching(/^\d+\.\d+\.\d+/);
    expect(provenance()).toMatchObject({
      schema: 1,
      source: { commit: expect.stringMatching(/^[0-9a-f]{40}$/), modified: expect.any(Boolean) },
      tools: { rustc: version, 'wasm-bindgen': version, 'wasm-pack': version, binaryen: version },
      rustflags: expect.arrayContaining(['target-feature=+simd128']),
      modules: { 'snn_core_bg.wasm': { crate: 'snn-core', arguments: ['--no-default-features'] } },
    });
    const said = text('sdk', 'dist/provenance.json');
    expect([homedir(), at(''), tmpdir()].filter((path) => said.includes(path))).toEqual([]);
  });
});

test('a .wasm says what made it', () => {
  for (const path of filesOf(tarball('sdk')).filter((file) => file.endsWith('.wasm'))) {
    const bytes = bytesOf(tarball('sdk'), path);
    const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'producers');
    expect([path, section === undefined]).toEqual([path, false]);
    expect(Buffer.from(section).toString()).toMatch(/rustc.*wasm-bindgen/s);
  }
});
