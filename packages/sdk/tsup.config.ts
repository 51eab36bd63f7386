import { execFileSync } from 'node:child_process';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from 'tsup';

/** What the bundle contains of others: all that the sources import. */
const bundled = ['@zip.js/zip.js', 'comlink', 'valibot', 'wasm-feature-detect'];

/** The licences of what is bundled, which have to go where it goes. */
async function notices(): Promise<string> {
  const texts = bundled.map(async (name) => {
    const folder = join('..', '..', 'node_modules', name);
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    return `${name}\n\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}

export default defineConfig({
  // `index` is Node's entry, `browser` that of browsers and bundlers, and the same of `convert`. The workers are entries of their own, which
  // `new Worker(new URL('./worker.js', import.meta.url))` must find in a flat dist.
  entry: {
    index: 'src/node.ts',
    browser: 'src/browser.ts',
    convert: 'src/convert-node.ts',
    'convert-browser': 'src/convert-browser.ts',
    worker: 'src/worker.ts',
    'worker-node': 'src/worker-node.ts',
  },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // A page can then use the files without a bundler.
  noExternal: bundled.map((name) => new RegExp(`^${name}(/|$)`)),
  esbuildOptions(options) {
    options.mainFields = ['module', 'main'];
    options.legalComments = 'inline';
  },
  dts: { entry: { index: 'src/index.ts', convert: 'src/convert/index.ts' } },
  // A page without a bundler fetches the files as they are.
  minify: true,
  sourcemap: true,
  clean: true,
  async onSuccess() {
    await copyFile('core/snn_core_bg.wasm', 'dist/snn_core_bg.wasm');
    await copyFile('core/snn_training_bg.wasm', 'dist/snn_training_bg.wasm');
    await copyFile('formats/snn_formats_bg.wasm', 'dist/snn_formats_bg.wasm');
    await copyFile('graphs/snn_graphs_bg.wasm', 'dist/snn_graphs_bg.wasm');
    await writeFile('dist/THIRD-PARTY-LICENSES.txt', await notices());
    execFileSync(process.execPath, [join('..', '..', 'scripts', 'provenance.mjs')], { stdio: 'inherit' });
  },
});
