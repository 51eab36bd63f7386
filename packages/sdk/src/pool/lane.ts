import { transfer, wrap } from 'comlink';
import { isBreaking } from '../core/failure.js';
import type { Platform, Thread } from '../platform/platform.js';
import { movable } from '../platform/shared.js';
import { CertispikeError } from '../error.js';
import type { Examples, Job, Outcome, RemoteWorker, Reply, WorkerApi } from '../worker/protocol.js';
import type { Task } from './task.js';

/** A worker ended before it answered, or is not to be asked again. */
export class LaneEnded extends Error {
  override readonly name = 'LaneEnded';

  /** @param code of the error that the caller gets when this is the end of the work */
  constructor(
    message: string,
    readonly code: 'worker-died' | 'out-of-memory' | 'unsupported' = 'worker-died',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** One worker and what it holds. Work is given to it one piece at a time. */
export class Lane {
  readonly #thread: Thread;
  readonly #remote: RemoteWorker;
  /** Version per model id. */
  readonly #versions = new Map<number, number>();
  /** Ids of the models it may hold a copy of. */
  readonly #held = new Set<number>();
  #memory = 0;
  /** The core that it has been given. */
  #module: WebAssembly.Module | undefined;
  /** Why it ended; undefined while it lives. */
  #ended: LaneEnded | undefined;
  #gone: Promise<void> = Promise.resolve();
  /** Rejects the call in flight: comlink would wait for ever for an answer of a dead worker. */
  #interrupt: ((error: unknown) => void) | undefined;

  /** Its thread starts at once; it takes work after {@link start}. */
  constructor(platform: Platform) {
    this.#thread = platform.spawn((reason, code) => this.end(reason, code));
    this.#remote = wrap<WorkerApi>(this.#thread.endpoint);
  }

  /**
   * Gives the worker an instance of a core, where it has another or none; it then holds no models.
   * @throws LaneEnded
   */
  async start(module: WebAssembly.Module): Promise<void> {
    if (this.#module === module) return;
    this.#versions.clear();
    this.#held.clear();
    try {
      this.#unwrapped(await this.#answer(() => this.#remote.start(module)));
      this.#module = module;
    } catch (error) {
      this.end('it could not start');
      throw error instanceof LaneEnded ? error : new LaneEnded(String(error), 'worker-died', { cause: error });
    }
  }

  get isAlive(): boolean {
    return this.#ended === undefined;
  }

  /** Bytes that its core had taken when it last answered. */
  get memory(): number {
    return this.#memory;
  }

  /** @throws LaneEnded, or the CertispikeError of the job */
  async run({ model, job }: Task): Promise<Outcome<Job>> {
    const known = this.#versions.get(model.id) === model.version;
    const { id, version } = model;
    const reference = known ? { id, version } : { id, version, update: model.update() };
    // Until it answers well, which version it holds is not known.
    this.#versions.delete(id);
    this.#held.add(id);
    const made = job();
    const reply = await this.#answer(() => this.#remote.run(reference, transfer(made, buffersOf(made))));
    const outcome = this.#unwrapped(reply);
    this.#versions.set(id, version);
    return outcome;
  }

  /** Frees the worker's copy of a model, after the work in hand. */
  drop(id: number): void {
    if (!this.#held.delete(id) || !this.isAlive) return;
    this.#versions.delete(id);
    // Nobody waits for it: should it fail, the memory goes with the worker.
    this.#remote.drop(id).catch(() => undefined);
  }

  /** Resolves when the worker, having ended, is gone. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  end(reason: string, code?: LaneEnded['code']): void {
    if (!this.isAlive) return;
    this.#ended = new LaneEnded(reason, code);
    this.#gone = this.#thread.terminate();
    this.#interrupt?.(this.#ended);
  }

  #answer<T>(call: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#interrupt = reject;
      this.#thread.keepAlive(true);
      call().then(resolve, reject);
    }).finally(() => {
      this.#interrupt = undefined;
      if (this.isAlive) this.#thread.keepAlive(false);
    });
  }

  #unwrapped<T>(reply: Reply<T>): T {
    if ('value' in reply) {
      this.#memory = reply.memory;
      return reply.value;
    }
    const { code, message } = reply.failure;
    if (isBreaking(code)) {
      this.end(message);
      throw new LaneEnded(message, code === 'out-of-memory' ? code : 'worker-died');
    }
    throw new CertispikeError(code, message);
  }
}

/** The memory of a job, which moves to the worker instead of being copied. */
function buffersOf(job: Job): Transferable[] {
  const slices: readonly Examples[] = job.kind === 'gradient' ? job.slices : [job.examples];
  return movable(slices.flatMap(({ images, labels, samples }) => [images, labels, samples]));
}
