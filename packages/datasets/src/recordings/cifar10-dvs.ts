import type { Layout } from './layout.js';
import { CIFAR10_DVS } from './layout.js';
import { classFolders } from './class-folders.js';
import { type FileOptions, numberOf } from './files.js';
import type { RecordingItem } from './item.js';

const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** Of the thousand recordings of a class, those from this number on are for the test, as most who use the data set do. */
const FIRST_TEST = 900;

/** Whether folders are those of CIFAR10-DVS, which is not cut into a training and a test set. */
export function isCifar10Dvs(folders: readonly string[]): boolean {
  return CLASSES.every((name) => folders.includes(name)) && folders.length === CLASSES.length;
}

/** CIFAR10-DVS as it was published (`airplane/cifar10_airplane_0.aedat`): AEDAT 2.0 of a DVS128. */
export async function cifar10Dvs(folder: string, options: FileOptions): Promise<Layout> {
  const layout = await classFolders(folder, 'cifar10-dvs', { orientation: 'spikingjelly', ...options });
  const items = layout.train as readonly RecordingItem[];
  const test = items.filter(({ name }) => numberOf(name) >= FIRST_TEST);
  const about = CIFAR10_DVS;
  if (test.length === 0) return { ...layout, about };
  return { ...layout, train: items.filter(({ name }) => numberOf(name) < FIRST_TEST), test, about };
}
