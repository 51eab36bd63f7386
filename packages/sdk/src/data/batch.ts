import * as v from 'valibot';
import { check } from '../config/check.js';
import { classesOf, type Network } from '../config/network.js';
import { sizeOf } from '../config/shape.js';
import { CertispikeError } from '../error.js';
import type { Batch, Source } from './source.js';

/** What the examples of a batch are: images, or spikes of so many steps. */
type Form = Pick<Source, 'shape' | 'steps' | 'classes'>;

/**
 * Refuses a batch that is not of a form.
 * @param field what the batch is called in messages
 * @throws CertispikeError `invalid-shape`, `invalid-value` (a pixel that is no number, a spike that is neither 0 nor 1),
 *   `invalid-label`
 */
export function checkBatch(field: string, { samples, images, labels }: Batch, { shape, steps, classes }: Form): void {
  checkArray(`${field}.samples`, samples, 'Uint32Array');
  checkArray(`${field}.images`, images, 'Float32Array');
  checkArray(`${field}.labels`, labels, 'Uint8Array');
  const examples = samples.length;
  checkLength(`${field}.labels`, labels.length, examples, 'one per example');
  const map = sizeOf(shape);
  const size = map * (steps ?? 1);
  const meaning = steps === undefined ? `images of ${map} pixels` : `recordings of ${steps} steps of ${map} positions`;
  checkLength(`${field}.images`, images.length, examples * size, `${examples} ${meaning}`);
  const wrong = steps === undefined ? firstNotFinite(images) : firstNoSpike(images);
  if (wrong !== -1) {
    const example = `example ${samples[Math.floor(wrong / size)]}`;
    const [place, expected] =
      steps === undefined
        ? [`pixel ${wrong % size}`, 'a finite number']
        : [`step ${Math.floor(wrong / map) % steps}, position ${wrong % map}`, '0 or 1'];
    const where = `${field}.images[${wrong}] (${example}, ${place})`;
    throw CertispikeError.expected('invalid-value', where, expected, images[wrong]);
  }
  const outside = labels.findIndex((label) => label >= classes);
  if (outside !== -1) {
    const where = `${field}.labels[${outside}] (example ${samples[outside]})`;
    throw CertispikeError.expected('invalid-label', where, `a class from 0 to ${classes - 1}`, labels[outside]);
  }
}

/** Index of the first number that is not finite, or -1. A plain loop: it runs over every pixel of every batch. */
function firstNotFinite(values: Float32Array): number {
  const { length } = values;
  // Looking up a global takes long where contexts are virtual, as in tests.
  const { isFinite } = Number;
  for (let index = 0; index < length; index += 1) {
    if (!isFinite(values[index])) return index;
  }
  return -1;
}

/** Index of the first number that is neither 0 nor 1, or -1. */
function firstNoSpike(values: Float32Array): number {
  const { length } = values;
  for (let index = 0; index < length; index += 1) {
    if (values[index] !== 0 && values[index] !== 1) return index;
  }
  return -1;
}

const sourceSchema = v.custom<Source>(isSource, 'a source (name, shape, classes, length and batches)');

function isSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('batches' in value) || !('shape' in value)) return false;
  return typeof value.batches === 'function' && Array.isArray(value.shape);
}

/**
 * Refuses a source that a network cannot take.
 * @param steps how many steps of an example are asked for
 * @throws CertispikeError `invalid-value` for what is no source, `invalid-shape` naming the field
 */
export function checkSource(field: string, source: Source, network: Network, steps: number): void {
  check(field, sourceSchema, source);
  const [expected, got] = [network.input.shape, source.shape].map((shape) => shape.join(' x '));
  if (expected !== got) {
    throw new CertispikeError(
      'invalid-shape',
      `${field}.shape: expected ${expected} (the network's input), got ${got}`,
    );
  }
  checkSteps(`${field}.steps`, source.steps, network, steps);
  const classes = classesOf(network);
  if (source.classes > classes) {
    const most = `at most ${classes} (the network's)`;
    throw CertispikeError.expected('invalid-shape', `${field}.classes`, most, source.classes);
  }
  if (!(source.length > 0)) {
    throw CertispikeError.expected('invalid-shape', `${field}.length`, 'at least one example', source.length);
  }
}

function checkSteps(field: string, got: number | undefined, { input }: Network, steps: number): void {
  if (input.encoding !== 'spikes') {
    if (got === undefined) return;
    const expected = `undefined, as the network's input is images (encoding '${input.encoding}')`;
    throw CertispikeError.expected('invalid-shape', field, expected, got);
  }
  if (got === undefined) {
    throw CertispikeError.expected('invalid-shape', field, "a number, as the network's input is spikes", got);
  }
  if (!Number.isSafeInteger(got) || got < steps) {
    throw CertispikeError.expected('invalid-shape', field, `at least ${steps}, the steps asked for`, got);
  }
}

/** {@link checkBatch} for a batch of a source. */
export function checkSourceBatch(source: Source, batch: Batch, network: Network): void {
  const { steps } = source;
  checkBatch(source.name, batch, { shape: network.input.shape, steps, classes: classesOf(network) });
  if (batch.samples.length === 0) {
    throw CertispikeError.expected('invalid-shape', `${source.name}.samples`, 'at least one example', 0);
  }
}

function checkArray(field: string, value: ArrayBufferView, kind: string): void {
  // Arrays of another realm are no instances of this one's classes.
  const got = Object.prototype.toString.call(value).slice(8, -1);
  if (got !== kind) throw new CertispikeError('invalid-shape', `${field}: expected a ${kind}, got a ${got}`);
}

function checkLength(field: string, got: number, expected: number, meaning: string): void {
  if (got !== expected) {
    throw CertispikeError.expected('invalid-shape', `${field}.length`, `${expected} (${meaning})`, got);
  }
}
