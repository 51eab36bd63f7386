import type { Recording } from '../events/recording.js';

/** One labelled recording of a data set, before it is read. */
export interface RecordingItem {
  /** For errors: the file, and which recording of it where there are several. */
  readonly name: string;
  /** Class, from 0. */
  readonly label: number;
  /** Its place in the data set, whatever order items come in. */
  readonly place: number;
  /** @throws DatasetError when it cannot be read. */
  load(): Recording | Promise<Recording>;
}

/** The recordings of one part of a data set, in any order. */
export type RecordingItems = Iterable<RecordingItem> | AsyncIterable<RecordingItem>;
