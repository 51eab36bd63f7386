/** The generated bindings; the one place that names their paths. */
import type * as certifying from '../../core/snn_core.js';
import type * as training from '../../core/snn_training.js';

/** Bindings of their own for every call: `initSync` ties them to an instance of either module. */
export { bindings } from '../../core/bindings.js';

/** What predicts and certifies. */
export type Core = typeof certifying;

/** What trains as well: a {@link Core}, and a module of its own that few programs need. */
export type TrainingCore = typeof training;

/** What a model of either module does. */
export type Model = Pick<certifying.Model, keyof certifying.Model>;

export type { Certificates } from '../../core/snn_core.js';
export type { Average, Model as TrainingModel, Optimiser } from '../../core/snn_training.js';
