import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { certify, createEngine, linf, loadModel } from '@certispike/sdk';
import { repeated, rowsOf } from './batch.mjs';
import { columns, milliseconds } from './columns.mjs';
import { Mistake } from './failure.mjs';
import { summary } from './statistics.mjs';
import { weightsOf } from './weights.mjs';

const starter = fileURLToPath(new URL('./start-engine.mjs', import.meta.url));

/**
 * What an application meets besides throughput: milliseconds until an engine with two workers is ready in a new process,
 * and those from one image to its prediction and S-IBP certificate together.
 */
export async function edge(workloads, batch, { runs, quick, folder, log }) {
  const starts = [];
  for (let run = 0; run < runs; run += 1) starts.push(await start());
  const result = {
    engine: summary(starts.map(({ engine }) => engine)),
    process: summary(starts.map(({ process }) => process)),
    latency: {},
  };
  const calls = quick ? { warmUp: 5, timed: 10 } : { warmUp: 500, timed: 1000 };
  for (const workload of workloads) {
    const model = await weightsOf(workload, { folder, log });
    for (const workers of [1, 2]) {
      result.latency[`${workload.network}/${workload.input}, ${workers}w`] = summary(
        await latencies(model, workload, rowsOf(batch, [0]), workers, calls),
      );
    }
  }
  return result;
}

/** A new process that starts an engine: milliseconds of `createEngine`, and since the process began. */
function start() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [starter], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.once('close', (status) => {
      if (status === 0) resolve(JSON.parse(output));
      else reject(new Mistake(`a process that starts an engine ended with status ${status}`));
    });
  });
}

async function latencies(path, { steps, epsilon }, image, workers, { warmUp, timed }) {
  const engine = await createEngine({ workers });
  const model = await loadModel(engine, path);
  const source = repeated(image, 1);
  const options = { region: linf(epsilon), bounds: ['s-ibp'], steps, seed: 1 };
  const times = [];
  for (let call = 0; call < warmUp + timed; call += 1) {
    const begin = performance.now();
    await certify(engine, model, source, options);
    if (call >= warmUp) times.push(performance.now() - begin);
  }
  await engine.dispose();
  return times;
}

/** The same as a table. */
export function edgeLines({ engine, process, latency }, { coreBytesGzipped }) {
  const row = (name, { median, lowerQuartile, upperQuartile }) => [
    name,
    `${milliseconds(median)} ms`,
    `(${milliseconds(lowerQuartile)} to ${milliseconds(upperQuartile)})`,
  ];
  return columns([
    row('engine of two workers ready', engine),
    row('the same since the process began', process),
    ...Object.entries(latency).map(([name, times]) => row(`one image, prediction and certificate: ${name}`, times)),
    ['core, gzipped', `${(coreBytesGzipped / 1000).toFixed(1)} kB`],
  ]);
}
