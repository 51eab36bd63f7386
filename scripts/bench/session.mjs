import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBatch } from './batch.mjs';
import { check } from './check.mjs';
import { milliseconds } from './columns.mjs';
import { Ours } from './contestants.mjs';
import { machine } from './machine.mjs';
import { measure } from './measure.mjs';
import { Oracle, seed } from './oracle.mjs';
import { emptyRecord, writeRecord } from './record.mjs';
import { summary } from './statistics.mjs';
import { methods } from './task.mjs';
import { versions } from './versions.mjs';
import { describe, recipeWords, weightsOf } from './weights.mjs';

const log = (line) => console.log(line);

/** Enough for V8 to compile what is hot. */
const warmUp = { runs: 2, milliseconds: 700 };

/** One call of the benchmark: the batch, the oracle, the peers, and what was measured so far. */
export class Bench {
  #options;
  #directory;
  #batch;
  #oracle;
  #peers;
  #batchFiles = new Map();
  record;

  /** @param resumed the record of an earlier call that is gone on with */
  static async open(options, directory, resumed) {
    const bench = new Bench();
    bench.#options = options;
    bench.#directory = directory;
    bench.#batch = await readBatch(options.batch);
    bench.#oracle = new Oracle(join(directory, 'oracle'), log);
    const about = { machine: machine(), versions: versions(), weights: recipeWords(), batch: options.batch };
    bench.record = resumed ?? emptyRecord(about);
    const { processor, cores, node } = about.machine;
    log(`${processor}, ${cores} cores, Node ${node}; batches of ${options.batch}, ${options.runs} runs or more`);
    log(`${about.weights}`);
    bench.#peers = options.peers ? await openedPeers(directory, cores) : [];
    if (bench.#peers.length > 0)
      bench.record.peers = bench.#peers.map(({ name, versions, gemm }) => ({ name, versions, gemm }));
    return bench;
  }

  /** Measures the workloads one after the other, keeping what is done. */
  async measure(workloads) {
    const done = new Set(this.record.results.map(({ id }) => id));
    for (const group of groups(workloads, this.#peers.length > 0)) {
      if (group.every(({ id }) => done.has(id))) continue;
      this.record.results = this.record.results.filter(({ id }) => group.every((workload) => workload.id !== id));
      this.record.results.push(...(await this.#measured(group)));
      if (this.#options.json) writeRecord(this.#options.json, this.record);
    }
  }

  /** Profiles the workloads one after the other, on all workers. */
  async profile(workloads) {
    const { Profiler, profileLines } = await import('./profile/profile.mjs');
    const profiler = new Profiler(this.#directory);
    this.record.ceilings = profiler.ceilings;
    this.record.profiles = [];
    for (const workload of workloads) {
      const contest = await this.#contest(workload);
      const { ours } = contest;
      try {
        const last = ours[ours.length - 1];
        await measure([{ label: '', run: () => last.run() }], { runs: 1, fill: 0, warmUp });
        const profile = await profiler.profile({ ...contest, ours: last }, this.#options.quick ? 100 : 2000);
        this.record.profiles.push(profile);
        profileLines(profile, profiler.ceilings).forEach(log);
      } finally {
        for (const one of ours) await one.close();
      }
    }
    if (this.#options.json) writeRecord(this.#options.json, this.record);
  }

  async close() {
    for (const peer of this.#peers) await peer.close();
  }

  /** Workloads that are timed in turn with each other. */
  async #measured(group) {
    const { runs, quick } = this.#options;
    const all = [];
    try {
      for (const workload of group) all.push(await this.#contest(workload));
      const contestants = all.flatMap(({ workload, ours, peers }) =>
        [...ours, ...peers].map((contestant) => ({
          label: `${workload.id} ${contestant.label}`,
          run: () => contestant.run(),
        })),
      );
      const settings = quick ? { runs, fill: 0, warmUp: { runs: 1, milliseconds: 0 } } : { runs, fill: 1500, warmUp };
      const times = await measure(contestants, settings);
      return all.map((contest) => this.#result(contest, times, all));
    } finally {
      for (const { ours } of all) for (const one of ours) await one.close();
    }
  }

  /** All that takes part in one workload, ready to run and checked. */
  async #contest(workload) {
    const model = await weightsOf(workload, { folder: join(this.#directory, 'weights'), log });
    const batchFile = await this.#batchFile(workload);
    const expected = {};
    const ours = [];
    for (const workers of new Set([1, this.record.machine.cores])) {
      ours.push(await Ours.open(workload, model, this.#batch, workers, expected));
    }
    const { name, steps, certifiedSteps, epsilon, kappa, beta, scale } = workload;
    const training = { method: methods[name] ?? 'natural', certifiedSteps, kappa, beta, scale };
    const question = { network: describe(workload), model, batch: batchFile, steps, epsilon, ...training };
    const place = { workload, model, batch: this.#batch, oracle: this.#oracle, question };
    const last = ours[ours.length - 1];
    const checked = this.#options.check
      ? await check({ ...place, engine: last.engine }, await last.outcome())
      : undefined;
    const peers = [];
    for (const peer of this.#peers) {
      if (workload.name === 's-crown-fused-step' || !peer.supports(workload)) continue;
      await peer.prepare({ ...workload, model, batch: batchFile });
      peers.push({ label: peer.name, run: () => peer.run() });
    }
    return { ...place, ours, peers, checked };
  }

  #result({ workload, ours, peers, checked }, times, all) {
    const timed = (label, id = workload.id) => summary(times.get(`${id} ${label}`));
    const perSecond = ({ median }) => (1000 * this.#batch.samples.length) / median;
    const own = ours.map((one) => {
      const time = timed(one.label);
      return [one.label, { ...time, imagesPerSecond: perSecond(time), memory: one.memory() }];
    });
    const result = { id: workload.id, ours: Object.fromEntries(own), peers: {}, checked };
    for (const { label } of peers) result.peers[label] = timed(label);
    if (workload.name === 's-crown-fused-step') {
      // Against the nine rows that were timed in turn with it.
      const nine = all.find((other) => other.workload.name === 's-crown-step');
      for (const { label } of nine?.peers ?? []) result.peers[label] = timed(label, nine.workload.id);
    }
    log(line(result));
    return result;
  }

  /** The batch as a file for the oracle and the peers, with the draws where there are any. */
  async #batchFile({ input, steps }) {
    if (!this.#batchFiles.has(input)) {
      const { samples, labels, images } = this.#batch;
      const raw = join(this.#directory, 'images.f32');
      const path = join(this.#directory, `batch-${input}.safetensors`);
      writeFileSync(raw, images);
      const question = { ask: 'batch', images: raw, samples: [...samples], labels: [...labels] };
      await this.#oracle.answer({ ...question, steps, encoding: input, seed, path });
      this.#batchFiles.set(input, path);
    }
    return this.#batchFiles.get(input);
  }
}

/** With peers, the fused step runs in turn with the nine rows that it is compared with. */
function groups(workloads, hasPeers) {
  const key = ({ id }) => (hasPeers ? id.replace('s-crown-fused-step', 's-crown-step') : id);
  const byKey = new Map();
  for (const workload of workloads) byKey.set(key(workload), [...(byKey.get(key(workload)) ?? []), workload]);
  return [...byKey.values()];
}

async function openedPeers(directory, threads) {
  const { openPeers } = await import('./peers/index.mjs');
  return openPeers({ directory, threads, log });
}

/** A result in one line, as it comes. */
function line({ id, ours, peers }) {
  const time = ({ median, lowerQuartile, upperQuartile }) =>
    `${milliseconds(median)} ms (${milliseconds(lowerQuartile)} to ${milliseconds(upperQuartile)})`;
  const own = Object.entries(ours).map(([workers, spread]) => `${workers}w ${time(spread)}`);
  const others = Object.entries(peers).map(([name, spread]) => `${name} ${time(spread)}`);
  return `${id.padEnd(36)} ${[...own, ...others].join(', ')}`;
}
