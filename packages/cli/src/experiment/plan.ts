import { linf } from '@certispike/sdk';
import { certifySchema } from '../config/certify.js';
import { check } from '../config/field.js';
import { presetConfig } from '../config/recipe.js';
import type { TrainConfig } from '../config/train.js';
import type { CertifyTask } from '../certification.js';
import experiment from '../presets/experiment.json' with { type: 'json' };

/** One network of the experiment. */
export interface PlannedNetwork {
  /** Name of its files. */
  readonly name: string;
  /** How it was trained, in a word, for the table. */
  readonly label: string;
  readonly recipe: TrainConfig;
}

/** Figures of others to compare with; fractions of the examples. */
export interface Published {
  readonly label: string;
  readonly readout: string;
  readonly accuracy: number;
  readonly sIbpError: number;
}

/** What `certispike start` does. */
export interface Plan {
  readonly title: string;
  /** Whether this is the short form, whose numbers say nothing. */
  readonly quick: boolean;
  readonly networks: readonly PlannedNetwork[];
  readonly certify: Omit<CertifyTask, 'model'>;
  readonly published: readonly Published[];
}

/**
 * The experiment as the presets describe it.
 * @param quick a few thousand images only, to see that all works
 * @param data replaces the data set of the presets
 */
export function plan(quick: boolean, data?: string): Plan {
  const changes = { ...(quick ? experiment.quick.train : {}), ...(data === undefined ? {} : { data }) };
  const certify = {
    ...experiment.certify,
    ...(quick ? experiment.quick.certify : {}),
    ...(data === undefined ? {} : { data }),
  };
  return {
    title: experiment.title,
    quick,
    networks: experiment.networks.map(({ name, label, preset }) => ({
      name,
      label,
      recipe: presetConfig(preset, changes),
    })),
    certify: { ...check(certifySchema, certify), region: linf(experiment.certify.epsilon) },
    published: experiment.published,
  };
}
