import { spawn } from 'node:child_process';
import { environment, root } from '../setup/places.mjs';

/** Runs a command, shows its output as it comes, and resolves to { ok, output } at its end. */
export function stream(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    const parts = [];
    const show = (chunk) => {
      parts.push(chunk);
      process.stdout.write(chunk);
    };
    child.stdout.on('data', show);
    child.stderr.on('data', show);
    child.once('error', (error) => {
      console.log(error.message);
      resolve({ ok: false, output: '' });
    });
    child.once('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(parts).toString() }));
  });
}
