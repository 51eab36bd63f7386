import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { answer } from '../setup/command.mjs';
import { at } from '../setup/places.mjs';

/** The core as it is shipped. */
const core = at('packages/sdk/dist/snn_core_bg.wasm');

/** What was measured: the commit, and the core by its content and size. */
export function versions() {
  const bytes = readFileSync(core);
  return {
    commit: answer('git', ['rev-parse', '--short=12', 'HEAD']) ?? 'unknown',
    changed: (answer('git', ['status', '--porcelain', '--untracked-files=no']) ?? '') !== '',
    core: createHash('sha256').update(bytes).digest('hex').slice(0, 12),
    coreBytes: bytes.length,
    coreBytesGzipped: gzipSync(bytes, { level: 9 }).length,
    rust: answer('rustc', ['--version']) ?? 'unknown',
  };
}
