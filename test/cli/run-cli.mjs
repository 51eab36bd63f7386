import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built command, started as npm's link starts it. */
export const bin = fileURLToPath(new URL('../../packages/cli/bin/certispike.js', import.meta.url));

/**
 * Runs the command line to its end.
 * @param {string[]} args
 * @param {{ cwd?: string, stdout?: number, terminal?: number, first?: string, flags?: string[], onStart?: (child: import('node:child_process').ChildProcess) => void }} options
 *   stdout: a file descriptor instead of a pipe; terminal: stderr looks like a terminal
 *   of so many columns; first: a file of this folder that is loaded before; flags: of Node; onStart: called with the process
 */
export function certispike(args, { cwd, stdout, onStart, terminal, first, flags = [] } = {}) {
  return new Promise((resolve, reject) => {
    const before = [...(terminal === undefined ? [] : ['terminal.mjs']), ...(first === undefined ? [] : [first])];
    const imports = before.flatMap((file) => ['--import', new URL(file, import.meta.url).href]);
    const child = spawn(process.execPath, [...flags, ...imports, bin, ...args], {
      cwd,
      stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
      env: environment(terminal),
    });
    const result = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk) => (result.stdout += chunk));
    child.stderr.on('data', (chunk) => (result.stderr += chunk));
    onStart?.(child);
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ ...result, status, signal }));
  });
}

function environment(terminal) {
  if (terminal === undefined) return process.env;
  // Programs take no terminal for interactive where CI is set.
  const env = { ...process.env, COLUMNS: String(terminal), TERM: 'xterm' };
  delete env.CI;
  return env;
}

/** A folder of its own for a test, removed by `remove`. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'certispike-cli-'));
  return { path, at: (name) => join(path, name), remove: () => rm(path, { recursive: true, force: true }) };
}
