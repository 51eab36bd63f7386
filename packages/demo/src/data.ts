import { decodeIdx, ExampleSource, frames, readNmnist } from '@certispike/datasets';
import type { Source } from '@certispike/sdk';
import type { Subject } from './subject.js';

/** Labelled images as the page's files hold them. */
export interface Images {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  /** Pixels of an image. */
  readonly size: number;
}

async function file(path: string): Promise<Uint8Array> {
  const response = await fetch(new URL(path, document.baseURI));
  if (!response.ok) throw new Error(`${path}: expected a file of this page, got status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Images of MNIST: `test` to look at, `train` to learn from. */
export async function digits(part: 'test' | 'train'): Promise<Images> {
  const [images, labels] = await Promise.all([
    file(`data/${part}-images.idx.gz`).then(decodeIdx),
    file(`data/${part}-labels.idx.gz`).then(decodeIdx),
  ]);
  const [, height = 0, width = 0] = images.shape;
  return { images: images.data as Uint8Array, labels: labels.data as Uint8Array, size: height * width };
}

/** One of the images. */
export function digit({ images, labels, size }: Images, index: number): Subject {
  const pixels = images.subarray(index * size, (index + 1) * size);
  const label = labels[index] ?? 0;
  return {
    kind: 'pixels',
    values: Float32Array.from(pixels, (pixel) => pixel / 255),
    label,
    name: `test image ${index + 1}, a ${label}`,
  };
}

/** Some of the images, to train with; they become numbers batch by batch. */
export function source({ images, labels, size }: Images, [from, to]: readonly [number, number]): Source {
  const side = Math.sqrt(size);
  const examples = { images, labels, shape: [1, side, side], classes: 10, count: labels.length } as const;
  return new ExampleSource(
    'digits',
    examples,
    Uint32Array.from({ length: to - from }, (_, index) => from + index),
  );
}

/** What the page knows of its recordings. */
interface RecordingList {
  readonly recordings: readonly { readonly file: string; readonly label: number }[];
}

/** The recordings of N-MNIST that come with the page. */
export async function recordingList(): Promise<RecordingList['recordings']> {
  const { recordings } = JSON.parse(new TextDecoder().decode(await file('recordings/list.json'))) as RecordingList;
  return recordings;
}

/** What a recording of the page is called. */
export const recordingOf = (label: number) => `a recording of a ${label}`;

/** A recording of the page. */
export async function recording(path: string, label: number, steps: number): Promise<Subject> {
  return framed(await file(`recordings/${path}`), recordingOf(label), steps, label);
}

/** A file of N-MNIST, cut to bins of equal time, as the shipped model was trained. */
export function framed(bytes: Uint8Array, name: string, steps: number, label: number | null): Subject {
  const { data } = frames(readNmnist(bytes), { bins: steps, mode: 'binary' });
  return { kind: 'spikes', values: Float32Array.from(data), label, name };
}

/** A model file that comes with the page. */
export const modelFile = (name: string) => file(`models/${name}.safetensors`);
