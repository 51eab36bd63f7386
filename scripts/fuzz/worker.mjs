// A thread that fuzzes one target: a reader that never ends can then be told, and ended, from outside.
import { parentPort, workerData } from 'node:worker_threads';
import { checkTarget } from './check.mjs';

const { module, name, cases, seed, counter } = workerData;
const target = (await import(module)).targets.find((candidate) => candidate.name === name);
const count = new Int32Array(counter);
parentPort.postMessage(await checkTarget(target, { cases, seed, onCase: () => Atomics.add(count, 0, 1) }));
