import * as v from 'valibot';
import { check, fields, oneOf, whole } from '../config/check.js';
import { type Network, network as checkedNetwork } from '../config/network.js';
import { seedSchema } from '../config/training.js';
import type { TrainingCore } from '../core/bindings.js';
import { CertispikeError } from '../error.js';
import { currentPlatform } from '../platform/platform.js';
import { Pool } from '../pool/pool.js';
import { CoreModel } from './core-model.js';
import type { Engine, EngineMemory, EngineOptions, ModelOptions } from './engine.js';
import { core, coreMemory, loadCore, trainingCore } from './load-core.js';
import type { Model } from './model.js';

/** More workers than this are of no use for the slices of a batch. */
const mostByDefault = 8;

const engineSchema = fields({ workers: v.optional(whole(1, 256)) });

const modelSchema = fields({
  seed: v.optional(seedSchema, 0),
  initialisation: v.optional(oneOf('default', 'ibp'), 'default'),
});

/**
 * Loads the core and starts the workers.
 * @throws CertispikeError `no-simd`, `core-load`, `worker-died` (a worker did not start), `out-of-memory`, `unsupported`
 *   (no module workers), `invalid-value`
 * @example
 * ```ts
 * import { createEngine, paper } from '@certispike/sdk';
 *
 *
 * const engine = await createEngine({ workers: 2 });
 * const model = engine.createModel(paper.fc(), { seed: 1 });
 * console.log(model.parameterCount); // 535818
 * await engine.dispose();
 * ```
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { workers = Math.min(currentPlatform().cores() || 1, mostByDefault) } = check('options', engineSchema, options);
  return new PoolEngine(await Pool.start(currentPlatform(), loadCore('core'), workers));
}

/** The engine behind the interface. */
export class PoolEngine implements Engine {
  readonly pool: Pool;
  readonly workers: number;
  readonly coreVersion = core().version();
  readonly #models = new Set<CoreModel>();
  #disposed = false;

  constructor(pool: Pool) {
    this.pool = pool;
    this.workers = pool.size;
  }

  createModel(network: Network, options: ModelOptions = {}): Model {
    const { seed, initialisation } = check('options', modelSchema, options);
    const model = this.emptyModel(network);
    model.write((core) => core.initialise(initialisation, seed));
    return model;
  }

  /** A model whose parameters are zero. */
  emptyModel(network: Network): CoreModel {
    if (this.#disposed) {
      throw new CertispikeError('disposed', 'engine: expected one that is in use, got one that was disposed of');
    }
    const model = new CoreModel(checkedNetwork(network), (freed) => {
      this.#models.delete(freed);
      this.pool.drop(freed.id);
    });
    this.#models.add(model);
    return model;
  }

  /**
   * Lets workers do jobs that train or attack: they, and the calling thread, get the core that can, which is loaded the
   * first time. Models stay where they are until they are leased for training.
   * @throws CertispikeError `core-load`
   */
  async loadTraining(): Promise<TrainingCore> {
    this.pool.use(await loadCore('training'));
    return trainingCore();
  }

  memory(): EngineMemory {
    return { workers: this.pool.memory, callingThread: coreMemory() };
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    // Calls in flight learn of it first.
    await this.pool.dispose();
    [...this.#models].forEach((model) => model.discard());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** @throws CertispikeError `disposed`, `invalid-state` when the model is not this engine's */
  own(model: Model): CoreModel {
    if (this.#disposed) {
      throw new CertispikeError('disposed', 'engine: expected one that is in use, got one that was disposed of');
    }
    if (model instanceof CoreModel && this.#models.has(model)) return model;
    if (model instanceof CoreModel) model.read(() => undefined);
    throw new CertispikeError('invalid-state', 'model: expected one made by this engine, got another');
  }
}

/** The engine behind the interface, as the calls of this package need it. */
export function poolEngine(engine: Engine): PoolEngine {
  if (engine instanceof PoolEngine) return engine;
  throw CertispikeError.expected('invalid-state', 'engine', 'what createEngine gave', engine);
}
