import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../scripts/bench.mjs', import.meta.url));

/** Runs the benchmark on what is built: its exit status and what it wrote. */
export function bench(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, '--no-setup', ...args], { env: { ...process.env, ...env } });
    const result = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (result.stdout += chunk));
    child.stderr.on('data', (chunk) => (result.stderr += chunk));
    child.once('error', reject);
    child.once('close', (status) => resolve({ ...result, status }));
  });
}

/** A folder of its own for a test file. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'certispike-bench-'));
  return { path, at: (name) => join(path, name), remove: () => rmSync(path, { recursive: true, force: true }) };
}
