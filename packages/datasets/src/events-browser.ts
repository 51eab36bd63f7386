import { DatasetError } from './error.js';
import type { NmnistSetOptions } from './nmnist.js';
import type { EventSplits } from './recordings/splits.js';

/** @throws DatasetError `not-in-browser`, always: there is no file system to read from. */
export function nmnist(_options: NmnistSetOptions = {}): Promise<EventSplits> {
  return Promise.reject(notInBrowser('nmnist'));
}

/** @throws DatasetError `not-in-browser`, always. */
export function downloadNmnist(): Promise<string> {
  return Promise.reject(notInBrowser('downloadNmnist'));
}

function notInBrowser(field: string): DatasetError {
  return new DatasetError('not-in-browser', {
    field,
    expected: 'a program with a file system',
    received: 'a call in a browser',
    remedy: 'Read the recordings you have fetched with readRecording, and give them to spikeSource.',
  });
}
