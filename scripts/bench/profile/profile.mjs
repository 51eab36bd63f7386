import { columns, milliseconds } from '../columns.mjs';
import { categoryOf, forward, order } from './categories.mjs';
import { ceilings } from './ceilings.mjs';
import { sampled } from './sampler.mjs';
import { denseOperations, eventAdditions } from './work.mjs';

/** Rows over which activity is averaged; the oracle counts it. */
const activityRows = { fc: 32, conv: 8 };

/** Functions that are listed by name. */
const listed = 12;

/** Profiles workloads: which part takes which share of the time, and how near the arithmetic is to what can be. */
export class Profiler {
  #ceilings = ceilings();

  get ceilings() {
    return this.#ceilings;
  }

  /**
   * @param place `{ workload, ours, batch, oracle, question }`: a contestant that is warm, and what to ask the oracle
   * @param spell milliseconds to sample
   */
  async profile({ workload, ours, batch, oracle, question }, spell) {
    let [runs, elapsed] = [0, 0];
    const { workers, caller } = await sampled(async () => {
      for (const start = performance.now(); elapsed < spell; elapsed = performance.now() - start) {
        await ours.run();
        runs += 1;
      }
    });
    const active = workers.filter((times) => [...times.keys()].some((name) => name.startsWith('wasm:')));
    const parts = partsOf(active);
    const total = [...parts.values()].reduce((sum, { time }) => sum + time, 0);
    const most = Math.min(activityRows[workload.network], batch.samples.length);
    const activity = await oracle.ask({ ...question, ask: 'activity', rows: [...Array(most).keys()] });
    return {
      id: workload.id,
      workers: active.length,
      runs,
      milliseconds: elapsed / runs,
      shares: sharesOf(parts, total),
      caller: callerShares(caller),
      functions: functionsOf(parts, total),
      rates: rates(workload, activity, {
        images: runs * batch.samples.length,
        forward: categoryTime(parts, forward),
        all: total,
      }),
    };
  }
}

/** Per function its category and its time in all threads given. */
function partsOf(threads) {
  const parts = new Map();
  for (const times of threads) {
    for (const [where, time] of times) {
      const isCore = where.startsWith('wasm:');
      // Where a function comes from is a path of this machine.
      const name = plain(where.replace(/^\S* /, ''));
      const before = parts.get(name)?.time ?? 0;
      parts.set(name, { category: categoryOf(name, isCore), time: before + time });
    }
  }
  return parts;
}

function sharesOf(parts, total) {
  const shares = order.map((category) => [category, categoryTime(parts, category) / total]);
  return Object.fromEntries(shares.filter(([, share]) => share > 0));
}

/** Shares of the calling thread, which merges gradients and takes the optimiser's steps. */
function callerShares(times) {
  const parts = partsOf([times]);
  const total = [...parts.values()].reduce((sum, { time }) => sum + time, 0);
  return sharesOf(parts, total);
}

function functionsOf(parts, total) {
  const sorted = [...parts].toSorted(([, a], [, b]) => b.time - a.time).slice(0, listed);
  return sorted.map(([name, { category, time }]) => ({ name, category, share: time / total }));
}

/** A name without Rust's hash. */
const plain = (name) => name.replace(/::h[0-9a-f]{16}(?=$|\[)/, '').replace(/\[[0-9a-f]{16}\]/g, '');

const categoryTime = (parts, category) =>
  [...parts.values()].reduce((sum, part) => sum + (part.category === category ? part.time : 0), 0);

/** G operations per second and thread; times are sums over the workers. */
function rates(workload, { connections, rows }, { images, forward: time, all }) {
  const additions = rows.reduce((sum, row) => sum + eventAdditions(workload, row), 0) / rows.length;
  return {
    events: (additions * images) / time / 1e6,
    dense: (denseOperations(workload, connections) * images) / all / 1e6,
  };
}

/** A profile as text. */
export function profileLines(
  { id, workers, runs, milliseconds: time, shares, caller, functions, rates: reached },
  top,
) {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const table = Object.entries(shares).map(([name, share]) => [
    name,
    percent(share),
    caller[name] === undefined ? '' : percent(caller[name]),
  ]);
  return [
    `${id}: ${milliseconds(time)} ms per run while sampled, ${workers} workers, ${runs} runs`,
    ...columns([['  part', 'workers', 'caller'], ...table.map(([name, ...cells]) => [`  ${name}`, ...cells])]),
    `  additions of the way forward: ${reached.events.toFixed(1)} G/s per thread, of ${top.events.toFixed(1)} that are possible`,
    `  dense arithmetic for the same would have to do ${reached.dense.toFixed(0)} GFLOP/s per thread; ${top.dense.toFixed(0)} are possible`,
    ...functions.map(({ name, category, share }) => `  ${percent(share).padStart(7)}  ${category.padEnd(16)} ${name}`),
  ];
}
