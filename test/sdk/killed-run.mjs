/** A training in a process of its own that is killed in its middle: `node killed-run.mjs <checkpoint> <step>`. */
import * as sdk from '@certispike/sdk';
import { resumable } from './resumable.mjs';

const [path, last] = process.argv.slice(2);
const engine = await sdk.createEngine({ workers: 2 });
const { model, train, options } = resumable(sdk, engine);
for await (const event of sdk.fit(engine, model, train, { ...options, checkpoint: { path, everySteps: 2 } })) {
  if (event.kind === 'step' && event.step === Number(last)) process.kill(process.pid, 'SIGKILL');
}
