import { join } from 'node:path';
import { readBatch } from './batch.mjs';
import { check, comparePeer } from './check.mjs';
import { milliseconds } from './columns.mjs';
import { edge, edgeLines } from './edge.mjs';
import { Ours } from './contestants.mjs';
import { Mistake } from './failure.mjs';
import { instructions } from './instructions.mjs';
import { linearity, linearityLines } from './linearity.mjs';
import { machine } from './machine.mjs';
import { measure } from './measure.mjs';
import { Oracle } from './oracle.mjs';
import { emptyRecord, writeRecord } from './record.mjs';
import { summary } from './statistics.mjs';
import { summaryLines } from './summary.mjs';
import { methods } from './task.mjs';
import { versions } from './versions.mjs';
import { describe, errorsOf, recipeWords, weightsOf } from './weights.mjs';

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
  record;

  /** @param resumed the record of an earlier call that is gone on with */
  static async open(options, directory, resumed) {
    const bench = new Bench();
    bench.#options = options;
    bench.#directory = directory;
    bench.#batch = await readBatch(options.batch);
    bench.#oracle = new Oracle(join(directory, 'oracle'), log);
    const about = {
      machine: machine(),
      versions: versions(),
      weights: recipeWords(),
      errors: {},
      batch: options.batch,
    };
    if (resumed !== undefined && resumed.batch !== options.batch) {
      throw new Mistake(`--resume: ${options.json} is about batches of ${resumed.batch}, not of ${options.batch}`);
    }
    bench.record = resumed ?? emptyRecord(about);
    const { processor, cores, node } = about.machine;
    log(`${processor}, ${cores} cores, Node ${node}; batches of ${options.batch}, ${options.runs} runs or more`);
    log(`${about.weights}`);
    bench.#peers = options.peers ? await openedPeers(directory, cores) : [];
    if (bench.#peers.length > 0) {
      const about = ({ name, versions, gemm, gemmAll }) => ({ name, versions, gemm, gemmAll });
      bench.record.peers = bench.#peers.map(about);
    }
    return bench;
  }

  /** Measures the workloads one after the other, keeping what is done. */
  async measure(workloads) {
    const done = new Set(this.record.results.map(({ id }) => id));
    for (const group of groups(workloads, this.#peers.length > 0)) {
      if (group.every(({ id }) => done.has(id))) continue;
      this.record.results = this.record.results.filter(({ id }) => group.every((workload) => workload.id !== id));
      this.record.results.push(...(await this.#measured(group)));
      this.#keep();
    }
    log('');
    summaryLines(this.record).forEach(log);
  }

  /** What an application meets: how soon an engine is ready, and how long one image takes. */
  async edge(workloads) {
    const folder = join(this.#directory, 'weights');
    const fc = workloads.filter(({ id }) => /^s-ibp-eval\/fc\/.*\/trained$/.test(id));
    this.record.edge = await edge(fc, this.#batch, { ...this.#options, folder, log });
    edgeLines(this.record.edge, this.record.versions).forEach(log);
    this.#keep();
  }

  /** Whether the cost grows no faster than it has to. */
  async linearity() {
    this.record.linearity = await linearity({ ...this.#options, log });
    log('');
    linearityLines(this.record.linearity).forEach(log);
    this.#keep();
  }

  /** Counts the instructions of the native kernels. */
  instructions(workloads) {
    const { record } = this.#options;
    this.record.instructions = instructions({ workloads, folder: this.#directory, record, log });
    this.#keep();
  }

  /** Profiles the workloads one after the other, on all workers. */
  async profile(workloads) {
    const { Profiler, profileLines } = await import('./profile/profile.mjs');
    const profiler = new Profiler();
    this.record.ceilings = profiler.ceilings;
    this.record.profiles = [];
    for (const workload of workloads) {
      const contest = await this.#contest(workload);
      const { ours } = contest;
      try {
        const last = ours[ours.length - 1];
        await measure([{ label: '', run: (count) => last.run(count) }], { runs: 1, fill: 0, warmUp });
        const profile = await profiler.profile({ ...contest, ours: last }, this.#options.quick ? 100 : 2000);
        this.record.profiles.push(profile);
        profileLines(profile, profiler.ceilings).forEach(log);
      } finally {
        for (const one of ours) await one.close();
      }
    }
    this.#keep();
  }

  async close() {
    for (const peer of this.#peers) await peer.close();
  }

  #keep() {
    if (this.#options.json) writeRecord(this.#options.json, this.record);
  }

  /** Workloads that are timed in turn with each other. */
  async #measured(group) {
    const { runs, quick } = this.#options;
    const all = [];
    try {
      for (const workload of group) all.push(await this.#contest(workload, all.length > 0));
      const contestants = all.flatMap(({ workload, ours, peers }) =>
        [...ours, ...peers].map((contestant) => ({
          label: `${workload.id} ${contestant.label}`,
          run: (count) => contestant.run(count),
        })),
      );
      const settings = quick ? { runs, fill: 0, warmUp: { runs: 1, milliseconds: 0 } } : { runs, fill: 1500, warmUp };
      const times = await measure(contestants, settings);
      return all.map((contest) => this.#result(contest, times, all));
    } finally {
      for (const { ours } of all) for (const one of ours) await one.close();
    }
  }

  /**
   * All that takes part in one workload, ready to run and checked.
   * @param withNineRows whether the peers take part in the S-CROWN step beside this fused one
   */
  async #contest(workload, withNineRows = false) {
    const model = await weightsOf(workload, { folder: join(this.#directory, 'weights'), log });
    const errors = await errorsOf(model);
    if (errors !== undefined) this.record.errors[`${workload.network}/${workload.input}`] = errors;
    const batchFile = await this.#oracle.pack(this.#batch, workload);
    const expected = {};
    const ours = [];
    for (const workers of new Set([1, this.record.machine.cores])) {
      ours.push(await Ours.open(workload, model, this.#batch, workers, expected));
    }
    const { name, steps, certifiedSteps, epsilon, kappa, beta, scale } = workload;
    const training = { method: methods[name] ?? 'natural', certifiedSteps, kappa, beta, scale };
    const question = { network: describe(workload), model, batch: batchFile, steps, epsilon, ...training };
    const place = { workload, model, batch: this.#batch, oracle: this.#oracle, question };
    const outcome = await ours[ours.length - 1].outcome();
    const checked = this.#options.check ? await check(place, outcome) : undefined;
    const peers = [];
    for (const peer of this.#peers) {
      if (withNineRows || !peer.supports(workload)) continue;
      await peer.prepare({ ...workload, model, batch: batchFile });
      if (this.#options.check) comparePeer(workload, outcome, peer.name, await peer.check());
      peers.push({ label: peer.name, run: (count) => peer.run(count) });
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
    if (workload.id !== all[0].workload.id) {
      // The fused step, against the nine rows that were timed in turn with it.
      for (const { label } of all[0].peers) result.peers[label] = timed(label, all[0].workload.id);
    }
    log(line(result));
    return result;
  }
}

/** With peers, the fused step runs in turn with the nine rows, because that is what peers do in its place. */
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
