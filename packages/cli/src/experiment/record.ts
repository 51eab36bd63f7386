import type { CertificationRecord } from '../certification.js';
import type { RunRecord, UnitRecord } from '../reproduce/record.js';
import type { Published } from './plan.js';

/** What became of one network. */
export interface NetworkRecord extends UnitRecord {
  /** Certified once more without widening, to see what that costs. */
  readonly nearest: CertificationRecord;
}

/** The content of `results.json`. */
export interface ExperimentRecord extends Omit<RunRecord, 'units'> {
  readonly networks: readonly NetworkRecord[];
  readonly published: readonly Published[];
}
