import { certify, type CertifyResult, type Engine, type Model, type Region, type Source } from '@certispike/sdk';
import type { CertifyConfig } from './config/certify.js';
import type { DataSet } from './data-set.js';
import type { Meter } from './progress/meter.js';
import { versions } from './versions.js';

/** What `certify` reports; the form of its `--json` output. Errors are fractions of the examples. */
export interface CertificationRecord {
  readonly model: string;
  readonly data: string;
  readonly split: string;
  readonly examples: number;
  /** How recordings were cut to frames, and how many were left out as unreadable; null for images. */
  readonly recordings: NonNullable<DataSet['recordings']> | null;
  readonly clean_error: number;
  /** Null where the bound was not computed. */
  readonly certified_error: {
    readonly s_ibp: number | null;
    readonly s_crown: number | null;
    /** Per rival class the larger of the computed margins. */
    readonly best: number;
  };
  /** Wall-clock time of the certification, without loading. */
  readonly seconds: number;
  /** As the SDK's regions are; `epsilon` and `clip` for kind `linf`. */
  readonly region: Region;
  /** False for a region of random places: no worst case. */
  readonly worst_case: boolean;
  readonly steps: number;
  readonly seed: number;
  readonly bounds: readonly string[];
  readonly rounding: string;
  readonly relaxation: string;
  readonly coupling: string;
  readonly workers: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** What to certify, and how, with all that is needed. */
export type CertifyTask = CertifyConfig & { readonly model: string; readonly region: Region };

/** A certification to run. */
export interface Certification {
  readonly engine: Engine;
  readonly model: Model;
  readonly source: Source;
  readonly recordings?: DataSet['recordings'];
  readonly config: CertifyTask;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/** Certifies the examples of a source, reporting progress. */
export async function runCertification({
  engine,
  model,
  source,
  recordings,
  config,
  meter,
  signal,
}: Certification): Promise<{ record: CertificationRecord; result: CertifyResult }> {
  const { split, data, bounds, relaxation, coupling, rounding, seed } = config;
  const result = await certify(engine, model, source, {
    region: config.region,
    steps: config.steps ?? model.network.input.steps,
    seed,
    bounds,
    relaxation,
    coupling,
    rounding,
    batchSize: config.batchSize,
    ...(config.limit === undefined ? {} : { limit: config.limit }),
    signal,
    onProgress: ({ done, total }) => meter.update({ fraction: done / total, detail: `${done} of ${total}` }),
  });
  const asked = (bound: 's-ibp' | 's-crown', error: number | undefined) =>
    bounds.includes(bound) ? (error ?? null) : null;
  const record: CertificationRecord = {
    model: config.model,
    data,
    split,
    examples: result.examples,
    recordings: recordings ?? null,
    clean_error: result.cleanError,
    certified_error: {
      s_ibp: asked('s-ibp', result.certifiedError.sIbp),
      s_crown: asked('s-crown', result.certifiedError.sCrown),
      best: result.certifiedError.best,
    },
    seconds: result.seconds,
    region: result.region,
    worst_case: result.isWorstCase,
    steps: result.steps,
    seed: result.seed,
    bounds,
    rounding: result.rounding,
    relaxation,
    coupling,
    workers: engine.workers,
    versions: versions(engine),
  };
  return { record, result };
}
