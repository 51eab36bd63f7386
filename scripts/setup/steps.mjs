import { wasmBindgen, wasmPack } from './cargo-tools.mjs';
import { spoken, stopwatch } from './clock.mjs';
import { dependencies } from './dependencies.mjs';
import { alone } from './lock.mjs';
import { node } from './node.mjs';
import { packages } from './packages.mjs';
import { rust } from './rust.mjs';
import { modules } from './wasm.mjs';
import { wasmTarget } from './wasm-target.mjs';

/** What must be there before anything can be done; checked every time. */
const requirements = [node, rust];

/** Everything the set-up makes, in order. A step runs when its `isDone` says no. */
const steps = [dependencies, wasmTarget, wasmPack, wasmBindgen, ...modules, ...packages];

/**
 * Makes a clone ready to run: does what is missing or out of date, and says what and how long it usually takes.
 * @throws SetupFailure when a tool is missing or a step fails
 */
export async function setUp() {
  const total = stopwatch();
  for (const requirement of requirements) requirement.check();
  const ran = await alone(async () => {
    let count = 0;
    for (const step of steps) {
      if (step.isDone()) continue;
      count += 1;
      console.log(`set-up: ${step.name} (usually ${step.usually}) ...`);
      const elapsed = stopwatch();
      await step.run();
      console.log(`set-up: ${step.name} done in ${spoken(elapsed())}`);
    }
    return count;
  });
  console.log(`set-up: ${ran === 0 ? 'everything is there' : 'ready'} (${spoken(total())})`);
}
