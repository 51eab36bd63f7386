import { arrays, type Model, type Source } from '@certispike/sdk';

/** What is being looked at: one image, or one recording cut to frames. */
export interface Subject {
  readonly kind: 'pixels' | 'spikes';
  /** Pixels in [0, 1], or spikes step by step. */
  readonly values: Float32Array;
  /** Its true class where that is known. */
  readonly label: number | null;
  /** For messages and screen readers. */
  readonly name: string;
}

/** A subject as a source of one example; a certificate speaks of `label`. */
export function sourceOf({ values, name }: Subject, { network, classes }: ModelShape, label: number): Source {
  const { shape, steps, encoding } = network.input;
  return arrays({
    name,
    shape,
    classes,
    images: values,
    labels: Uint8Array.of(label),
    ...(encoding === 'spikes' ? { steps } : {}),
  });
}

/** What of a model decides whether a subject fits it. */
export interface ModelShape {
  readonly network: Model['network'];
  readonly classes: number;
}

/** Why a model cannot take a subject, or undefined. */
export function misfit({ kind, values }: Subject, { network }: ModelShape): string | undefined {
  const { shape, steps, encoding } = network.input;
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const expected = encoding === 'spikes' ? 'spikes' : 'pixels';
  if (kind !== expected) return `the model takes ${expected === 'spikes' ? 'recordings' : 'images'}`;
  const length = expected === 'spikes' ? size * steps : size;
  if (values.length === length) return undefined;
  return `the model takes ${channels} x ${height} x ${width}${expected === 'spikes' ? ` over ${steps} steps` : ''}`;
}
