import { type Endpoint, expose, transfer } from 'comlink';
import { failureOf, isBreaking } from '../core/failure.js';
import { Instance } from '../core/load.js';
import type { TrainingCore } from '../core/bindings.js';
import { CertispikeError } from '../error.js';
import { movable } from '../platform/shared.js';
import type { Job, ModelReference, Outcome, Reply, WorkerApi } from './protocol.js';
import { Replica } from './replica.js';

/** Answers jobs that come over an endpoint. */
export function serve(endpoint: Endpoint): void {
  const replicas = new Map<number, Replica>();
  let instance: Instance<TrainingCore> | undefined;

  const drop = (id: number) => {
    replicas.get(id)?.free();
    replicas.delete(id);
  };

  const started = (): Instance<TrainingCore> => {
    if (instance === undefined) throw new CertispikeError('internal', 'worker: expected one with a core, got none');
    return instance;
  };

  const reply = <T>(work: () => T): Reply<T> => {
    try {
      return { value: work(), memory: started().bytes };
    } catch (error) {
      return { failure: failureOf(error, instance?.bytes) };
    }
  };

  const replica = ({ id, version, update }: ModelReference): Replica => {
    let found = replicas.get(id);
    if (update !== undefined) {
      found ??= new Replica(started().core, update.network);
      replicas.set(id, found);
      found.update(version, update.slab);
    }
    if (found?.version !== version) {
      throw CertispikeError.expected('internal', 'model version', String(version), found?.version);
    }
    return found;
  };

  const api: WorkerApi = {
    start: (module) =>
      reply(() => {
        // Another module's replicas are in its memory, which goes with it.
        [...replicas.keys()].forEach(drop);
        instance = new Instance(module);
        return true;
      }),
    run(model, job) {
      const answer = reply(() => replica(model).run(job));
      if ('failure' in answer) {
        // What a failed job left on the gradient stack goes with its replica; a broken core cannot be called again.
        if (!isBreaking(answer.failure.code)) drop(model.id);
      } else transfer(answer, buffersOf(answer.value));
      return answer;
    },
    drop,
  };
  expose(api, endpoint);
}

function buffersOf(outcome: Outcome<Job>): Transferable[] {
  return movable(
    Object.values(outcome)
      .flat()
      .filter((entry) => ArrayBuffer.isView(entry)),
  );
}
