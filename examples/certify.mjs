import { mnist } from '@certispike/datasets';
import { certify, createEngine, fit, linf, paper, schedules } from '@certispike/sdk';

const { train, test } = await mnist();
const engine = await createEngine();
const model = engine.createModel(paper.fc({ readout: 'membrane' }), { seed: 1, initialisation: 'ibp' });
const options = { method: 's-ibp', epochs: 1, limit: 6400, epsilon: schedules.linear(0, 0.06), kappa: 0.5 };
for await (const event of fit(engine, model, train, options)) if (event.kind === 'epoch') console.error(event);
const { cleanError, certifiedError } = await certify(engine, model, test, { region: linf(0.06), seed: 7, limit: 500 });
console.log({ cleanError, certifiedError });
await engine.dispose();
