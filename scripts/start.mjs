#!/usr/bin/env node
// `npm start`: makes the clone ready, then runs the experiment; arguments go on to it.
import { spawn } from 'node:child_process';
import { SetupFailure } from './setup/failure.mjs';
import { at } from './setup/places.mjs';
import { setUp } from './setup/steps.mjs';

try {
  await setUp();
  const program = at('packages/cli/bin/certispike.js');
  const child = spawn(process.execPath, [program, 'start', ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal interrupts the experiment itself; it saves what it has and ends, and only then does this.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('close', (code) => (process.exitCode = code ?? 1));
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
