import type { EpochEvent, StepEvent } from '@certispike/sdk';
import type { TrainConfig } from '../config/train.js';
import { writeWhole } from '../output.js';
import { readHistory } from './reading.js';
import { type EpochRecord, type HistoryRecord, runVersion } from './record.js';
import type { UnitFolder } from './unit-folder.js';

/** What a unit's trainings did, epoch by epoch; written anew after each, so that an interruption costs nothing. */
export class History {
  readonly #path: string;
  /** Seconds of the epochs before. */
  #record: HistoryRecord;
  #since = performance.now();

  private constructor(path: string, record: HistoryRecord) {
    this.#path = path;
    this.#record = record;
  }

  /** The history of a unit's folder, as far as there is one. */
  static async open(folder: UnitFolder): Promise<History> {
    const kept = await readHistory(folder.path).catch(() => undefined);
    return new History(folder.history, kept ?? nothing);
  }

  /** Takes the training to start with from the unit whose network was borrowed. */
  async borrow(recipe: TrainConfig, unit: string): Promise<void> {
    const lent = await readHistory(unit).catch(() => undefined);
    if (lent !== undefined) await this.#keep({ ...this.#record, start: { recipe, epochs: lent.epochs }, epochs: [] });
  }

  /**
   * An epoch of the last training to start with, or of the training itself. What an earlier run noted of
   * it and of those after it is forgotten: it is being repeated.
   */
  async add(part: 'start' | 'training', recipe: TrainConfig, epoch: EpochEvent, last: StepEvent): Promise<void> {
    const { start, epochs, seconds } = this.#record;
    const kept = (before: readonly EpochRecord[]) => [
      ...before.filter((one) => one.epoch < epoch.epoch),
      epochRecord(recipe, epoch, last),
    ];
    const now = performance.now();
    const passed = (now - this.#since) / 1000;
    this.#since = now;
    await this.#keep({
      ...this.#record,
      ...(part === 'start'
        ? { start: { recipe, epochs: kept(isSame(start?.recipe, recipe) ? (start?.epochs ?? []) : []) }, epochs: [] }
        : { epochs: kept(epochs) }),
      seconds: seconds + passed,
    });
  }

  async #keep(record: HistoryRecord): Promise<void> {
    this.#record = record;
    await writeWhole('folder', this.#path, `${JSON.stringify(this.#record, null, 2)}\n`);
  }
}

const nothing: HistoryRecord = {
  format: 'certispike-training',
  version: runVersion,
  epochs: [],
  seconds: 0,
  start: null,
};

function isSame(left: TrainConfig | undefined, right: TrainConfig): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function epochRecord({ method }: TrainConfig, event: EpochEvent, last: StepEvent): EpochRecord {
  const { epoch, loss, naturalLoss, certifiedLoss, cleanError, certifiedError, validation } = event;
  const isNatural = method === 'natural';
  return {
    epoch,
    loss,
    natural_loss: naturalLoss,
    certified_loss: certifiedLoss ?? null,
    epsilon: isNatural ? null : last.epsilon,
    kappa: isNatural ? null : last.kappa,
    learning_rate: last.learningRate,
    clean_error: cleanError,
    certified_error: certifiedError ?? null,
    validation:
      validation === undefined
        ? null
        : { clean_error: validation.cleanError, certified_error: validation.certifiedError ?? null },
  };
}
