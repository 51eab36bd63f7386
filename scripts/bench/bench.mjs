import { mkdirSync, writeFileSync } from 'node:fs';
import { createEngine, loadModel } from '@certispike/sdk';
import { at } from '../setup/places.mjs';
import { readBatch } from './batch.mjs';
import { machine } from './machine.mjs';
import { measure } from './measure.mjs';
import { openTask } from './task.mjs';
import { recipeWords, weightsOf } from './weights.mjs';

const directory = at('.bench');

/** Measures the chosen workloads and reports. */
export async function bench(options) {
  mkdirSync(directory, { recursive: true });
  const about = machine();
  const batch = await readBatch(options.batch);
  const threads = [...new Set([1, about.cores])];
  console.log(`${about.processor}, ${about.cores} cores, Node ${about.node}; batch ${options.batch}`);
  console.log(recipeWords());
  const engines = [];
  for (const workers of threads) engines.push(await createEngine({ workers }));
  const results = [];
  for (const workload of options.workloads) {
    const path = await weightsOf(workload, { folder: `${directory}/weights`, log: (line) => console.log(line) });
    const contestants = [];
    const tasks = [];
    for (const engine of engines) {
      const model = await loadModel(engine, path);
      const task = openTask(engine, model, workload, batch);
      tasks.push({ task, model });
      contestants.push({
        label: `${engine.workers}`,
        async run() {
          const start = performance.now();
          await task.run();
          return performance.now() - start;
        },
      });
    }
    const settings = {
      runs: options.runs,
      fill: options.quick ? 0 : 1000,
      warmUp: { runs: options.quick ? 1 : 3, milliseconds: options.quick ? 0 : 500 },
    };
    const times = await measure(contestants, settings);
    for (const { task, model } of tasks) {
      await task.close();
      model.free();
    }
    const cells = engines.map(
      ({ workers }) =>
        `${workers}w ${times[workers].median.toFixed(1).padStart(8)} ms (${times[workers].lowerQuartile.toFixed(1)}..${times[workers].upperQuartile.toFixed(1)})`,
    );
    console.log(
      `${workload.id.padEnd(36)} ${cells.join('   ')}  speed-up ${(times[1].median / times[about.cores].median).toFixed(2)}`,
    );
    results.push({ ...workload, times });
  }
  for (const engine of engines) await engine.dispose();
  if (options.json) writeFileSync(options.json, JSON.stringify({ machine: about, results }));
}
