/** One report of a running task. */
export interface Progress {
  /** Share of the task that is done, 0 to 1. */
  readonly fraction: number;
  /** What is worth knowing now, such as the loss. */
  readonly detail?: string;
  /** Seconds left; estimated from the fraction when absent. */
  readonly secondsLeft?: number;
}

/**
 * Shows how far a task is. Always on stderr: stdout is for results. Disposing of it ends it without a word, as after
 * an error, which is reported elsewhere.
 */
export interface Meter extends Disposable {
  /** Cheap enough to be called after every batch. */
  update(progress: Progress): void;
  /** Something that happened on the way, such as the result of a validation. */
  note(line: string): void;
  /** Ends the task with a line that stays. */
  succeed(line: string): void;
}
