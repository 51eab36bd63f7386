import type { Region } from '@certispike/sdk';
import type { ActivityRecord } from '../activity.js';
import type { TrainConfig } from '../config/train.js';

/**
 * The files of a run, which `reproduce` and `start` write and `report` reads.
 *
 *     RUN/run.json                     RunRecord
 *     RUN/UNIT/unit.json               UnitRecord; written anew after every result
 *     RUN/UNIT/model.safetensors       the trained network, its recipe in the notes
 *     RUN/UNIT/training.json           HistoryRecord; written anew after every epoch
 *     RUN/UNIT/exhibits.json           images to look at, made by the report's part of the program
 *     RUN/UNIT/RESULT.json             PerExampleRecord of one result
 *     RUN/UNIT/RESULT.safetensors      its adversarial examples, as `loadAdversarial` reads them
 *
 * Every unit folder stands on its own: units may be computed on several machines and copied into one run. All files are
 * written under another name and renamed. Errors and shares are fractions from 0 to 1.
 */
export const runVersion = 1;

/** RUN/run.json */
export interface RunRecord {
  readonly format: 'certispike-run';
  readonly version: typeof runVersion;
  readonly title: string;
  /** Whether this is a short form, which every page and table about it has to say. */
  readonly quick: boolean;
  /** What is short about it, a sentence each; for a full run what a reader has to know besides. */
  readonly remarks: readonly string[];
  /** Names of the units, which are the names of their folders, in the order of tables. */
  readonly units: readonly string[];
  readonly versions: Versions;
  /** The call that made the run. */
  readonly command: string;
}

/** Versions of what computed a result, by name: certispike, core, node. */
export type Versions = Readonly<Record<string, string>>;

/** How a network was trained, as tables say it: a method of training, or where the weights come from. */
export type UnitMethod = TrainConfig['method'] | 'imported';

/** RUN/UNIT/unit.json: one trained network and what was found of it. */
export interface UnitRecord {
  readonly format: 'certispike-unit';
  readonly version: typeof runVersion;
  /** In kebab case; the name of the folder. */
  readonly name: string;
  /** For people: `FC, MNIST, rate, S-IBP, best recipe`. */
  readonly title: string;
  readonly network: 'fc' | 'conv';
  /** Name of the data set; of a folder of the user its last part. */
  readonly data: string;
  readonly input: 'rate' | 'direct' | 'spikes';
  readonly readout: 'rate' | 'membrane' | 'linear';
  readonly method: UnitMethod;
  /** `natural`, `paper`, `best` and so on. */
  readonly recipe_name: string;
  /** The complete training configuration. */
  readonly recipe: TrainConfig;
  /** Of the training: initial weights, order, draws. */
  readonly seed: number;
  readonly quick: boolean;
  /** Whether all results are there; false while the unit is under way or interrupted. */
  readonly complete: boolean;
  /** The call that makes this unit alone. */
  readonly command: string;
  /** Weights and biases. */
  readonly parameters: number;
  /** How recordings were cut to frames, and how many were left out as unreadable; null for images. */
  readonly recordings: { readonly framing: object; readonly skipped: number } | null;
  /** Means per example of the test set; null while not measured. */
  readonly energy: EnergyRecord | null;
  /** What training ended with; null for weights that were not trained here. */
  readonly training: TrainingOutcome | null;
  readonly results: readonly ResultRecord[];
  readonly versions: Versions;
}

/** How the training of a unit ended. */
export interface TrainingOutcome {
  readonly epochs: number;
  /** Optimiser steps. */
  readonly steps: number;
  /** Wall-clock time. */
  readonly seconds: number;
  readonly validation: {
    readonly examples: number;
    readonly clean_error: number;
    readonly certified_error: number | null;
  } | null;
  /** Whether the weights are the last ones or those of the best validation. */
  readonly kept: 'last' | 'best';
}

/** Spikes and synaptic operations per example, and the energy they stand for; means over test examples. */
export type EnergyRecord = Omit<ActivityRecord, 'data' | 'split'>;

/** Bounds of a proportion: the Wilson score interval of 95 %. */
export type Interval = readonly [low: number, high: number];

/**
 * Why a result is there: the row of the tables; the same on the part of the examples that was attacked, where not all were;
 * a point of the sweep over sizes or over time steps; other draws.
 */
export type Purpose = 'table' | 'attack' | 'epsilon' | 'steps' | 'draws';

/** What was found of one network for one region, one number of steps and one seed of the draws. */
export interface ResultRecord {
  /** Names the files of the result: `linf-0.06-t10-s0`. */
  readonly name: string;
  readonly purpose: Purpose;
  /** In the short form of the command line: `linf:0.06`. */
  readonly region: string;
  readonly region_full: Region;
  /** In the region's own unit: a change of pixels, flips, spikes moved. */
  readonly size: number;
  readonly steps: number;
  /** Of the draws. */
  readonly seed: number;
  /** Test examples, from the first. */
  readonly examples: number;
  readonly clean_error: number;
  /** Share of all examples that are wrong or were led astray; null where nothing was attacked. */
  readonly attacked_error: number | null;
  /** By the best of all bounds. */
  readonly certified_error: number;
  /** Null where the bound was not computed. */
  readonly s_ibp_error: number | null;
  readonly s_crown_error: number | null;
  readonly intervals: {
    readonly clean: Interval;
    readonly attacked: Interval | null;
    readonly certified: Interval;
    readonly s_ibp: Interval | null;
    readonly s_crown: Interval | null;
  };
  readonly attack: AttackSummary | null;
  /** File names in the unit's folder. */
  readonly per_example: string;
  readonly adversarial: string | null;
  /** Which neurons S-IBP leaves undecided; null where not measured. */
  readonly open: OpenRecord | null;
  /** Wall-clock time of certifying, without loading. */
  readonly seconds: number;
  /** The call that finds the bounds of this result from the unit's model. */
  readonly command: string;
}

/** What was attacked, with what, and with what success. */
export interface AttackSummary {
  /** `standard`, `quick` or the name of one method. */
  readonly attack: string;
  readonly attack_seed: number;
  /** Correct examples without a certificate that were attacked. */
  readonly tried: number;
  /** Correct examples without a certificate in all: more than `tried` where only a part was attacked. */
  readonly candidates: number;
  /** Certified examples that were attacked as a probe of soundness; no attack may succeed there. */
  readonly probed_certified: number;
  /** Examples fooled in a smaller region of the same kind already, and taken over from there. */
  readonly carried: number;
  readonly fooled: number;
  readonly stages: readonly AttackStageRecord[];
  readonly seconds: number;
  /** The call that repeats the attack on the unit's model. */
  readonly command: string;
}

/** One attack of an ensemble. */
export interface AttackStageRecord {
  readonly name: string;
  /** Steps of the method, per run. */
  readonly iterations: number;
  readonly restarts: number;
  readonly tried: number;
  readonly fooled: number;
  /** Examples at which the gradient was zero everywhere, which says nothing about robustness. */
  readonly zero_gradients: number;
  /** Forward passes over one example. */
  readonly passes: number;
  readonly seconds: number;
}

/** Shares of neurons that S-IBP leaves undecided, means over `examples`. */
export interface OpenRecord {
  readonly examples: number;
  readonly layers: readonly {
    readonly name: string;
    readonly neurons: number;
    /** Per step. */
    readonly steps: readonly number[];
  }[];
}

/** RUN/UNIT/RESULT.json: every example of a result, arrays in the order of the test set. */
export interface PerExampleRecord {
  /** Keys in the data set. */
  readonly sample: readonly number[];
  readonly label: readonly number[];
  readonly prediction: readonly number[];
  /** 1 or 0, like `certified`, `tried` and `fooled`. */
  readonly correct: readonly number[];
  readonly certified: readonly number[];
  /** Least lower bound over the rivals; null where it is not finite. */
  readonly margin_s_ibp: readonly (number | null)[] | null;
  readonly margin_s_crown: readonly (number | null)[] | null;
  /** Per rival the larger bound, then the least of them. */
  readonly margin: readonly (number | null)[];
  /** Least margin that an attack reached inside the region; null for examples that were not attacked. */
  readonly attack_margin: readonly (number | null)[] | null;
  readonly tried: readonly number[] | null;
  readonly fooled: readonly number[] | null;
}

/** RUN/UNIT/training.json: what the training did, epoch by epoch. */
export interface HistoryRecord {
  readonly format: 'certispike-training';
  readonly version: typeof runVersion;
  readonly epochs: readonly EpochRecord[];
  /** Wall-clock time so far. */
  readonly seconds: number;
  /** The training whose weights this one began with; null where there was none. */
  readonly start: { readonly recipe: TrainConfig; readonly epochs: readonly EpochRecord[] } | null;
}

/** One epoch: means over its steps while the weights were changing; schedules as they were at its last step. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  /** The two parts of the loss; null where they are not told apart. */
  readonly natural_loss: number | null;
  readonly certified_loss: number | null;
  /** In the region's own unit; null in natural training, like `kappa`. */
  readonly epsilon: number | null;
  readonly kappa: number | null;
  readonly learning_rate: number;
  /** Of the training examples. */
  readonly clean_error: number;
  readonly certified_error: number | null;
  readonly validation: { readonly clean_error: number; readonly certified_error: number | null } | null;
}
