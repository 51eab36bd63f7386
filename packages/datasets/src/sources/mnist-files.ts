/** The four files of a data set in MNIST's form. */
export type MnistPart = 'trainImages' | 'trainLabels' | 'testImages' | 'testLabels';

/** One file of a data set in MNIST's form, as its authors published it. */
export interface MnistFile {
  readonly part: MnistPart;
  /** Name without `.gz`. */
  readonly name: string;
  /** The same with a dot, as some archives unpack it. */
  readonly alias: string;
  /** SHA-256 of the IDX file itself, where it is known: mirrors are free to compress it in their own way. */
  readonly sha256?: string | undefined;
  /** SHA-256 of the gzipped file, where only that was published. */
  readonly archiveSha256?: string | undefined;
}

/** A data set in MNIST's form: ten classes in four IDX files. */
export interface IdxSet {
  /** For the names of sources and of the cache folder. */
  readonly name: string;
  readonly files: readonly MnistFile[];
  /** Public places of the gzipped files, in the order they are tried; a file is `<mirror>/<name>.gz`. */
  readonly mirrors: readonly string[];
}

/** Names and checksums of MNIST (LeCun, Cortes, Burges: http://yann.lecun.com/exdb/mnist). */
export const MNIST_FILES: readonly MnistFile[] = [
  {
    part: 'trainImages',
    name: 'train-images-idx3-ubyte',
    alias: 'train-images.idx3-ubyte',
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  {
    part: 'trainLabels',
    name: 'train-labels-idx1-ubyte',
    alias: 'train-labels.idx1-ubyte',
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  {
    part: 'testImages',
    name: 't10k-images-idx3-ubyte',
    alias: 't10k-images.idx3-ubyte',
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  {
    part: 'testLabels',
    name: 't10k-labels-idx1-ubyte',
    alias: 't10k-labels.idx1-ubyte',
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
];

/** Public mirrors of the gzipped files, in the order they are tried; a file is `<mirror>/<name>.gz`. */
export const MNIST_MIRRORS: readonly string[] = [
  'https://ossci-datasets.s3.amazonaws.com/mnist',
  'https://storage.googleapis.com/cvdf-datasets/mnist',
];

export const MNIST: IdxSet = { name: 'mnist', files: MNIST_FILES, mirrors: MNIST_MIRRORS };

/** A file's content, gzipped or not, and where it came from. */
export interface Found {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Gives the content of a file of a data set, from wherever a source has it. */
export type FileReader = (file: MnistFile) => Promise<Found>;

/** What a source that transfers data says while it does. */
export interface TransferProgress {
  /** Name of the file, with `.gz` where it is compressed. */
  readonly file: string;
  readonly url: string;
  /** Bytes of the file that are here, those of an earlier, broken transfer included. */
  readonly received: number;
  /** Bytes of the whole file; undefined when the server does not say. */
  readonly total: number | undefined;
}
