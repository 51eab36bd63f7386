import { aborted, CertispikeError, reasonOf } from '../error.js';
import type { Platform } from '../platform/platform.js';
import type { Job, Outcome } from '../worker/protocol.js';
import { Lane, LaneEnded } from './lane.js';
import type { Entry, Task } from './task.js';

/** A place for a worker; empty after its worker ended, until there is work again. */
interface Berth {
  lane: Lane | undefined;
  busy: boolean;
}

/** Some workers and a queue. A worker that ends is replaced and its task done again once. */
export class Pool {
  readonly #platform: Platform;
  #module: WebAssembly.Module;
  readonly #berths: Berth[];
  readonly #queue: Entry[] = [];
  readonly #open = new Set<Entry>();
  #disposed = false;

  private constructor(platform: Platform, module: WebAssembly.Module, lanes: readonly Lane[]) {
    this.#platform = platform;
    this.#module = module;
    this.#berths = lanes.map((lane) => ({ lane, busy: false }));
  }

  /**
   * The threads start while the core is still being compiled.
   * @throws CertispikeError `worker-died` when a worker does not start, `out-of-memory`, and as `compiled`
   */
  static async start(platform: Platform, compiled: Promise<WebAssembly.Module>, size: number): Promise<Pool> {
    const lanes: Lane[] = [];
    // Where workers cannot be started, nobody waits for it.
    compiled.catch(() => undefined);
    try {
      while (lanes.length < size) lanes.push(new Lane(platform));
      const module = await compiled;
      await Promise.all(lanes.map((lane) => lane.start(module)));
      return new Pool(platform, module, lanes);
    } catch (error) {
      lanes.forEach((lane) => lane.end('the engine did not start'));
      throw error instanceof LaneEnded ? died(error, 'a worker that starts') : error;
    }
  }

  /** From the next task on, workers compute with this core. */
  use(module: WebAssembly.Module): void {
    this.#module = module;
  }

  get size(): number {
    return this.#berths.length;
  }

  /** Bytes per worker, as they were when it last answered; 0 for one that ended. */
  get memory(): readonly number[] {
    return this.#berths.map(({ lane }) => (lane?.isAlive ? lane.memory : 0));
  }

  /**
   * @throws CertispikeError `disposed`, `aborted`, `worker-died` (a worker ended twice on this task), `out-of-memory`
   *   (so did its memory), and what the core reports of the job
   */
  run<J extends Job>(task: Task<J>, signal?: AbortSignal): Promise<Outcome<J>> {
    return new Promise<Outcome<Job>>((resolve, reject) => {
      if (this.#disposed) return reject(disposed());
      if (signal?.aborted) return reject(aborted(signal));
      const abandon = () => settle(() => reject(aborted(signal as AbortSignal)));
      const entry: Entry = {
        task,
        settled: false,
        resolve: (outcome) => settle(() => resolve(outcome)),
        reject: (error) => settle(() => reject(error)),
      };
      const settle = (end: () => void) => {
        if (entry.settled) return;
        entry.settled = true;
        this.#open.delete(entry);
        signal?.removeEventListener('abort', abandon);
        end();
      };
      signal?.addEventListener('abort', abandon);
      this.#open.add(entry);
      this.#queue.push(entry);
      this.#dispatch();
    }) as Promise<Outcome<J>>;
  }

  /** Frees the workers' copies of a model. */
  drop(id: number): void {
    this.#berths.forEach(({ lane }) => lane?.drop(id));
  }

  /** Ends the workers; open tasks are rejected with `disposed`. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#queue.length = 0;
    [...this.#open].forEach((entry) => entry.reject(disposed()));
    this.#berths.forEach(({ lane }) => lane?.end('the engine was disposed of'));
    await Promise.all(this.#berths.map(async ({ lane }) => lane?.gone));
  }

  #dispatch(): void {
    for (;;) {
      const berth = this.#idle();
      const entry = berth && this.#queue.shift();
      if (berth === undefined || entry === undefined) return;
      if (!entry.settled) void this.#work(berth, entry);
    }
  }

  /** A free berth, rather one whose worker lives. */
  #idle(): Berth | undefined {
    const free = this.#berths.filter(({ busy }) => !busy);
    return free.find(({ lane }) => lane?.isAlive) ?? free[0];
  }

  async #work(berth: Berth, entry: Entry): Promise<void> {
    berth.busy = true;
    try {
      entry.resolve(await this.#attempt(berth, entry).catch((error: unknown) => this.#again(berth, entry, error)));
    } catch (error) {
      const twice = 'work that a worker survives (it was tried twice)';
      entry.reject(error instanceof LaneEnded ? died(error, twice) : (error as Error));
    } finally {
      berth.busy = false;
      if (!this.#disposed) this.#dispatch();
    }
  }

  async #attempt(berth: Berth, { task }: Entry): Promise<Outcome<Job>> {
    const lane = await this.#lane(berth);
    return lane.run(task);
  }

  /** A second attempt by a new worker: one that lives may be about to end as well. */
  #again(berth: Berth, entry: Entry, error: unknown): Promise<Outcome<Job>> {
    if (!(error instanceof LaneEnded) || entry.settled) throw error;
    return this.#attempt(berth, entry);
  }

  async #lane(berth: Berth): Promise<Lane> {
    const lane = berth.lane?.isAlive ? berth.lane : new Lane(this.#platform);
    await lane.start(this.#module);
    if (this.#disposed) lane.end('the engine was disposed of');
    berth.lane = lane;
    return lane;
  }
}

function died(cause: LaneEnded, expected: string): CertispikeError {
  if (cause.code !== 'worker-died') return new CertispikeError(cause.code, cause.message, { cause });
  return new CertispikeError('worker-died', `worker: expected ${expected}, but: ${reasonOf(cause)}`, { cause });
}

function disposed(): CertispikeError {
  return new CertispikeError('disposed', 'engine: expected one that is in use, got one that was disposed of');
}
