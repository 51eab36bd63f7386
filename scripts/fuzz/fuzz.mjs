import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { tools } from '../setup/places.mjs';

/** A case that takes longer than this many seconds is taken for one that never ends. */
const PATIENCE = 30;

/** Fuzzes a target in a thread of its own; a failure is an outcome, never an exception. */
export function fuzz({ name, module }, { cases, seed, patience = PATIENCE }) {
  const counter = new SharedArrayBuffer(4);
  const count = new Int32Array(counter);
  const started = performance.now();
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData: { module, name, cases, seed, counter },
    // What libraries print of damaged files is of no use here.
    stdout: true,
    stderr: true,
  });
  return new Promise((resolve) => {
    const finish = (outcome) => {
      clearInterval(watch);
      void worker.terminate();
      resolve({ name, seed, seconds: (performance.now() - started) / 1000, ...outcome });
    };
    let seen = -1;
    let since = performance.now();
    const watch = setInterval(() => {
      const now = Atomics.load(count, 0);
      if (now !== seen) [seen, since] = [now, performance.now()];
      else if (performance.now() - since > patience * 1000) {
        finish({ cases: now, failure: { message: `case ${now} did not end within ${patience} s` } });
      }
    }, 200);
    worker.once('message', finish);
    worker.once('error', (error) =>
      finish({ cases: Atomics.load(count, 0), failure: { message: String(error?.stack ?? error) } }),
    );
    worker.once('exit', (code) =>
      finish({ cases: Atomics.load(count, 0), failure: { message: `the thread ended with ${code}` } }),
    );
  });
}

/** An outcome as text; the file of a failure is kept. */
export function describeOutcome({ name, cases, seconds, seed, read, refused, largest, failure }) {
  const time = `${seconds.toFixed(1)} s`;
  if (failure === undefined) {
    const codes = Object.entries(refused).map(([code, count]) => `${count} ${code}`);
    return `${name}: ${cases} cases in ${time}, ${read} read (up to ${largest.toFixed(1)} times the file), refused: ${codes.join(', ') || 'none'}`;
  }
  const lines = [`${name}: FAILED after ${cases} cases in ${time}, seed ${seed}: ${failure.message}`];
  if (failure.bytes !== undefined) {
    const path = join(tools, 'fuzz', `${name}.bin`);
    mkdirSync(join(tools, 'fuzz'), { recursive: true });
    writeFileSync(path, failure.bytes);
    lines.push(`  the smallest file that fails so: ${path} (${failure.bytes.length} bytes)`);
  }
  return lines.join('\n');
}
