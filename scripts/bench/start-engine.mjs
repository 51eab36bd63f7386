// A process that starts an engine and says how long it took, in milliseconds: `engine` for the call alone, `process` since
// the process began, the packages being loaded included.
import { createEngine } from '@certispike/sdk';

const before = performance.now();
const engine = await createEngine({ workers: 2 });
const after = performance.now();
await engine.dispose();
console.log(JSON.stringify({ engine: after - before, process: after }));
