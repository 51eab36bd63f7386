import * as v from 'valibot';
import { check } from '../config/check.js';
import { classesOf, imageLength, type Network } from '../config/network.js';
import { CertispikeError } from '../error.js';
import type { Batch, Source } from './source.js';

/**
 * Refuses a batch that a network cannot take.
 * @param field what the batch is called in messages
 * @param size numbers of one image
 * @throws CertispikeError `invalid-shape`, `invalid-value` (a pixel that is no number), `invalid-label`
 */
export function checkBatch(field: string, { samples, images, labels }: Batch, size: number, classes: number): void {
  checkArray(`${field}.samples`, samples, 'Uint32Array');
  checkArray(`${field}.images`, images, 'Float32Array');
  checkArray(`${field}.labels`, labels, 'Uint8Array');
  const examples = samples.length;
  checkLength(`${field}.labels`, labels.length, examples, 'one per example');
  checkLength(`${field}.images`, images.length, examples * size, `${examples} images of ${size} pixels`);
  const pixel = firstNotFinite(images);
  if (pixel !== -1) {
    const where = `${field}.images[${pixel}] (example ${samples[Math.floor(pixel / size)]}, pixel ${pixel % size})`;
    throw CertispikeError.expected('invalid-value', where, 'a finite number', images[pixel]);
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
  for (let index = 0; index < length; index += 1) {
    if (!Number.isFinite(values[index])) return index;
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
 * @throws CertispikeError `invalid-value` for what is no source, `invalid-shape` naming the field
 */
export function checkSource(field: string, source: Source, network: Network): void {
  check(field, sourceSchema, source);
  const [expected, got] = [network.input.shape, source.shape].map((shape) => shape.join(' x '));
  if (expected !== got) {
    throw new CertispikeError(
      'invalid-shape',
      `${field}.shape: expected ${expected} (the network's input), got ${got}`,
    );
  }
  const classes = classesOf(network);
  if (source.classes > classes) {
    const most = `at most ${classes} (the network's)`;
    throw CertispikeError.expected('invalid-shape', `${field}.classes`, most, source.classes);
  }
  if (!(source.length > 0)) {
    throw CertispikeError.expected('invalid-shape', `${field}.length`, 'at least one example', source.length);
  }
}

/** {@link checkBatch} for a batch of a source. */
export function checkSourceBatch(source: Source, batch: Batch, network: Network): void {
  checkBatch(source.name, batch, imageLength(network), classesOf(network));
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
