import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program to its end.
 * @returns what it printed: `{ stdout, stderr }`
 * @throws Error with `code`, `signal`, `stdout` and `stderr`, whose message says them all: one that crashes prints nothing
 */
export async function execute(command, args, options = {}) {
  try {
    return await run(command, args, { maxBuffer: 1 << 26, ...options });
  } catch (error) {
    const { code, signal, stdout = '', stderr = '' } = error;
    const end = signal ? `ended by ${signal}` : `ended with status ${code}`;
    error.message = [`${command} ${args.join(' ')}: ${end}`, stdout, stderr].join('\n');
    throw error;
  }
}
