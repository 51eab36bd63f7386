import type { Interrupt } from './interrupt.js';

/** What a command gets from the program that calls it. */
export interface Call {
  /** Takes the exit status of a command that came to its end. */
  readonly finish: (exitStatus: number) => void;
  readonly interrupt: Interrupt;
  /** The words of the call after `certispike`. */
  readonly words: readonly string[];
}
