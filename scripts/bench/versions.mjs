import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { answer } from '../setup/command.mjs';
import { at } from '../setup/places.mjs';

/** The two cores as they are shipped: what predicts and certifies, and what trains as well. */
const [core, training] = ['core', 'training'].map((name) => at(`packages/sdk/dist/snn_${name}_bg.wasm`));

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** What was measured: the commit, and the core by its content and size. */
export function versions() {
  const [bytes, larger] = [core, training].map((path) => readFileSync(path));
  return {
    commit: answer('git', ['rev-parse', '--short=12', 'HEAD']) ?? 'unknown',
    changed: (answer('git', ['status', '--porcelain', '--untracked-files=no']) ?? '') !== '',
    core: createHash('sha256').update(bytes).update(larger).digest('hex').slice(0, 12),
    coreBytes: bytes.length,
    coreBytesGzipped: gzipped(bytes),
    trainingBytesGzipped: gzipped(larger),
    rust: answer('rustc', ['--version']) ?? 'unknown',
  };
}
