import type { CertificationRecord } from '../certification.js';
import type { TrainConfig } from '../config/train.js';
import type { TrainingRecord } from '../training.js';
import type { Published } from './plan.js';

/** What became of one network. */
export interface NetworkRecord {
  readonly name: string;
  readonly label: string;
  readonly readout: string;
  /** Path of the model's file. */
  readonly model: string;
  readonly recipe: TrainConfig;
  readonly training: TrainingRecord;
  /** Certified with bounds that hold for the arithmetic that runs. */
  readonly outward: CertificationRecord;
  /** The same without widening, to see what it costs. */
  readonly nearest: CertificationRecord;
}

/** The content of `results.json`. */
export interface ExperimentRecord {
  readonly title: string;
  readonly quick: boolean;
  readonly networks: readonly NetworkRecord[];
  readonly published: readonly Published[];
  readonly versions: Readonly<Record<string, string>>;
}
