import { DatasetError } from './error.js';
import type { EventFolderOptions } from './event-folder.js';
import { mnist } from './mnist-browser.js';
import type { NmnistSetOptions } from './nmnist.js';
import type { NmnistSimulatedOptions } from './nmnist-simulated.js';
import { simulatedSplits } from './recordings/simulated.js';
import type { EventSplits } from './recordings/splits.js';

/** Simulated N-MNIST in a browser: from MNIST at a URL. */
export async function nmnistSimulated(options: NmnistSimulatedOptions = {}): Promise<EventSplits> {
  return simulatedSplits(await mnist(options), options);
}

/** @throws DatasetError `not-in-browser`, always: there is no file system to read from. */
export function nmnist(_options: NmnistSetOptions = {}): Promise<EventSplits> {
  return Promise.reject(notInBrowser('nmnist'));
}

/** @throws DatasetError `not-in-browser`, always. */
export function eventFolder(_folder: string, _options: EventFolderOptions = {}): Promise<EventSplits> {
  return Promise.reject(notInBrowser('eventFolder'));
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
