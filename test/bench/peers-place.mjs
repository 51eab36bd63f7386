import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const standIn = fileURLToPath(new URL('./peers-stand-in.mjs', import.meta.url));

/** What npm would install: an onnxruntime-web that adds up its input. */
const runtime = `
  exports.env = { wasm: {} };
  exports.Tensor = class { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } };
  const run = async ({ x }) => ({ scores: { data: Float32Array.of(x.data.reduce((a, b) => a + b), x.data.length) } });
  exports.InferenceSession = { create: async () => ({ run, release: async () => {} }) };
`;
const npm = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  const folder = process.argv[process.argv.indexOf('--prefix') + 1] + '/node_modules/onnxruntime-web';
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + '/package.json', '{ "version": "0.1.2", "main": "index.js" }');
  writeFileSync(folder + '/index.js', ${JSON.stringify(runtime)});
`;

/** A folder for peers, with a Python and an npm that download nothing. */
export class PeersPlace {
  path = mkdtempSync(join(tmpdir(), 'certispike-peers-'));
  directory = join(this.path, 'bench');
  npm = join(this.path, 'npm-cli.js');
  lines = [];
  log = (line) => this.lines.push(line);

  constructor() {
    writeFileSync(this.npm, npm);
  }

  /** A stand-in for Python that behaves so; see peers-stand-in.mjs. */
  python(behaviour = {}) {
    const path = join(this.path, 'python3');
    const told = JSON.stringify({ ...behaviour, calls: this.#calls });
    writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' '${told}' "$0" "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** How Python was called, `{ pid, args }` in order. */
  calls() {
    if (!existsSync(this.#calls)) return [];
    return readFileSync(this.#calls, 'utf8').trim().split('\n').map(JSON.parse);
  }

  get #calls() {
    return join(this.path, 'calls');
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true });
  }
}
