#!/usr/bin/env node
// `npm test`: makes the clone ready, then runs every check, or those named, one after another. A failed one does not stop
// the others. The last line is `N passed, N failed`; what follows `--` goes to jest.
import { spoken, stopwatch } from './setup/clock.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { setUp } from './setup/steps.mjs';
import { checks, onDemand } from './test/checks.mjs';
import { asOne } from './test/count.mjs';
import { seed } from './test/seed.mjs';

const given = process.argv.slice(2);
const end = given.includes('--') ? given.indexOf('--') : given.length;
const names = end > 0 ? given.slice(0, end) : Object.keys(checks);
const filters = given.slice(end + 1);
const all = { ...checks, ...onDemand };
const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];

function add(name, counts, seconds) {
  for (const key of Object.keys(total)) total[key] += counts[key];
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  lines.push(`${name.padEnd(10)} ${counts.passed} passed, ${counts.failed} failed${skipped} (${spoken(seconds)})`);
}

async function runAll() {
  const unknown = names.find((name) => !(name in all));
  if (unknown !== undefined) {
    throw new SetupFailure(`There is no check "${unknown}"; there are ${Object.keys(all).join(', ')}.`);
  }
  console.log(`seed of the property tests: ${seed()} (CERTISPIKE_TEST_SEED)`);
  await setUp();
  for (const name of names) {
    console.log(`\n== ${name}`);
    const elapsed = stopwatch();
    add(name, await all[name](filters), elapsed());
  }
}

try {
  await runAll();
} catch (error) {
  console.log(error instanceof SetupFailure ? error.message : error);
  add('set-up', asOne(false), 0);
}
console.log(`\n${lines.join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
