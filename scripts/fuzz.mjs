#!/usr/bin/env node
// `npm run fuzz`: gives damaged and random files to everything that reads files. `npm run fuzz -- --help` says more.
import { parsed, usage } from './fuzz/arguments.mjs';
import { describeOutcome, fuzz } from './fuzz/fuzz.mjs';
import { allTargets } from './fuzz/targets.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { setUp } from './setup/steps.mjs';

try {
  const options = parsed(process.argv.slice(2));
  if (options.help) console.log(usage);
  else {
    if (options.setup) await setUp();
    const targets = await allTargets();
    const chosen = targets.filter(({ name }) => options.targets.length === 0 || options.targets.includes(name));
    const unknown = options.targets.find((name) => !targets.some((target) => target.name === name));
    if (unknown !== undefined || options.list) {
      console.log(`Targets: ${targets.map(({ name }) => name).join(', ')}`);
      process.exitCode = options.list ? 0 : 2;
    } else {
      const shares = chosen.reduce((sum, { share = 1 }) => sum + share, 0);
      console.log(`fuzz: ${options.cases} cases for ${chosen.length} targets, seed ${options.seed}`);
      for (const target of chosen) {
        const cases = Math.ceil((options.cases * (target.share ?? 1)) / shares);
        const outcome = await fuzz(target, { cases, seed: options.seed });
        console.log(describeOutcome(outcome));
        if (outcome.failure !== undefined) process.exitCode = 1;
      }
    }
  }
} catch (error) {
  if (!(error instanceof SetupFailure) && !String(error.code).startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`fuzz: ${error.message}`);
  process.exitCode = error instanceof SetupFailure ? 1 : 2;
}
