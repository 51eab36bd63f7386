#!/usr/bin/env node
// `npm run format`: lets prettier, eslint and rustfmt mend what they can.
import { at } from './setup/places.mjs';
import { stream } from './test/stream.mjs';

const node = (path, ...args) => stream(process.execPath, [at('node_modules', path), ...args]);

const outcomes = [
  await node('eslint/bin/eslint.js', '--fix', '.'),
  await node('prettier/bin/prettier.cjs', '--write', '--log-level', 'warn', '.'),
  await stream('cargo', ['fmt']),
];
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
