import type { Job, ModelReference, Outcome } from '../worker/protocol.js';

/** A model as the pool sees it: what to send to a worker that lacks it. */
export interface PooledModel {
  readonly id: number;
  readonly version: number;
  readonly update: () => NonNullable<ModelReference['update']>;
}

/** Work for any worker. The job is made anew for every attempt, because its buffers move to the worker. */
export interface Task<J extends Job = Job> {
  readonly model: PooledModel;
  readonly job: () => J;
}

/** A task on its way. */
export interface Entry {
  readonly task: Task;
  readonly resolve: (outcome: Outcome<Job>) => void;
  readonly reject: (error: Error) => void;
  /** Set when nobody waits for it any more. */
  settled: boolean;
}
