import type { Core, TrainingCore } from '../core/bindings.js';
import { failureOf, isBreaking } from '../core/failure.js';
import { compileCore, Instance } from '../core/load.js';
import { CertispikeError } from '../error.js';
import { currentPlatform } from '../platform/platform.js';

/** The module that predicts and certifies, and the one that trains as well: larger, and loaded when it is needed. */
export type CoreName = 'core' | 'training';

/** Compiled once for all engines of this thread. */
const compiled = new Map<CoreName, Promise<WebAssembly.Module>>();

let certifying: Instance<Core> | undefined;
let training: Instance<TrainingCore> | undefined;

/**
 * Makes a core usable on this thread.
 * @returns the module, for workers
 * @throws CertispikeError `no-simd`, `core-load`, `out-of-memory`
 */
export async function loadCore(name: CoreName): Promise<WebAssembly.Module> {
  const compiling = compiled.get(name) ?? compileCore(() => currentPlatform().compile(name));
  compiled.set(name, compiling);
  try {
    const module = await compiling;
    if (name === 'core') certifying ??= guarded(() => new Instance<Core>(module));
    else training ??= guarded(() => new Instance<TrainingCore>(module));
    return module;
  } catch (error) {
    // The next call tries again.
    compiled.delete(name);
    throw error;
  }
}

/** This thread's core: the one that trains, where it has been loaded. */
export function core(): Core {
  return loaded(training ?? certifying);
}

/** This thread's core that trains. */
export function trainingCore(): TrainingCore {
  return loaded(training);
}

/**
 * Calls a core of this thread; what it throws becomes a {@link CertispikeError}. Where that may have broken it, later calls
 * find another in its place; models that it holds stay with it.
 */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, message } = failureOf(error);
    if (isBreaking(code)) {
      certifying?.renew();
      training?.renew();
    }
    throw new CertispikeError(code, message, { cause: error });
  }
}

/** Bytes of memory that this thread's cores have taken. */
export function coreMemory(): number {
  return (certifying?.bytes ?? 0) + (training?.bytes ?? 0);
}

function loaded<C extends Core>(instance: Instance<C> | undefined): C {
  if (instance === undefined) throw new CertispikeError('internal', 'core: expected one that is loaded, got none');
  return instance.core;
}
