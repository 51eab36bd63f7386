import { flips, linf, type Region } from '@certispike/sdk';
import type { Subject } from './subject.js';

/** What the slider means for a kind of input. */
export interface Scale {
  readonly label: string;
  readonly max: number;
  readonly step: number;
  readonly start: number;
  /** The region of a value on the slider. */
  readonly region: (size: number) => Region;
  /** The value in words, to follow "any" or "some". */
  readonly words: (size: number) => string;
}

const pixels: Scale = {
  label: 'epsilon: how far every pixel may move',
  max: 0.3,
  step: 0.005,
  start: 0.06,
  region: linf,
  words: (size) => `change of every pixel by up to ${size.toFixed(3)}`,
};

const spikes: Scale = {
  label: 'flips: how many spikes may appear or vanish',
  max: 64,
  step: 1,
  start: 4,
  region: (size) => flips(Math.round(size)),
  words: (size) => `${Math.round(size)} spikes that appear or vanish`,
};

/** The scale of the inputs of a kind. */
export const scaleOf = (kind: Subject['kind']): Scale => (kind === 'spikes' ? spikes : pixels);
