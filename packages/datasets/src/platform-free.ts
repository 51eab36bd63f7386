export { DatasetError, isDatasetError } from './error.js';
export type { DatasetErrorCode, DatasetErrorDetail } from './error.js';
export { readAedat2 } from './events/aedat2.js';
export type { Aedat2Camera, Aedat2Options, Orientation } from './events/aedat2.js';
export { readAedat3 } from './events/aedat3.js';
export type { Aedat3Options } from './events/aedat3.js';
export { readAedat4 } from './events/aedat4.js';
export type { Aedat4Options } from './events/aedat4.js';
export { readDat } from './events/dat.js';
export type { ClockOptions } from './events/dat.js';
export { readEvt2 } from './events/evt2.js';
export { readEvt3 } from './events/evt3.js';
export { formatOf } from './events/formats.js';
export type { EventFormat, FormatOptions } from './events/formats.js';
export { frames } from './events/frames.js';
export type { FrameOptions, Frames } from './events/frames.js';
export { readNmnist } from './events/nmnist.js';
export type { NmnistOptions } from './events/nmnist.js';
export type { ReadOptions } from './events/read-options.js';
export { readRecording, readRecordingStream, streamEvents } from './events/read-recording.js';
export type { Chunks, EventBatch, RecordingOptions } from './events/read-recording.js';
export { checkedRecording } from './events/recording.js';
export type { Events, Recording, Sensor } from './events/recording.js';
export { openShd, readShd } from './events/shd.js';
export type { ShdFile, ShdOptions } from './events/shd.js';
export type { Slicing, Tail } from './events/slices.js';
export { crop, cropTime, denoise, downsample, flip, mergePolarities, refractory } from './events/transforms.js';
export type { DownsampleOptions, Flip, Window } from './events/transforms.js';
export { decodeIdx, parseIdx, writeIdx } from './parsers/idx.js';
export type { Idx } from './parsers/idx.js';
export { joinExamples } from './parsers/examples.js';
export type { Examples, NamedIdx } from './parsers/examples.js';
export { mirrors, shifts } from './pipelines/augment.js';
export type {
  Augment,
  AugmentContext,
  Batch,
  BatchOptions,
  Example,
  ExampleList,
  Source,
} from './pipelines/interface.js';
export type { Shuffle } from './pipelines/order.js';
export { pipeline } from './pipelines/pipeline.js';
export type { ExampleDataset, ExampleRow, PipelineOptions } from './pipelines/pipeline.js';
export { ExampleSource, subset } from './pipelines/source.js';
export { stratifiedSplit } from './pipelines/split.js';
export type { Split } from './pipelines/split.js';
export { FASHION_MNIST_MIRRORS } from './sources/fashion-mnist-files.js';
export { MNIST_FILES, MNIST_MIRRORS } from './sources/mnist-files.js';
export type { MnistFile, MnistPart, TransferProgress } from './sources/mnist-files.js';
export type { MnistOptions, MnistSource } from './options.js';
export type { MnistDownloadOptions } from './sources/mnist-download.js';
export type { SplitOptions, Splits } from './splits.js';
export { errorsOfRecordings } from './recordings/bad.js';
export type { ReadingOptions, ReadingProgress } from './recordings/collect.js';
export type { Framing } from './recordings/framing.js';
export type { About } from './recordings/layout.js';
export { simulatedSplits } from './recordings/simulated.js';
export type { SimulatedOptions } from './recordings/simulated.js';
export { spikeSource } from './recordings/memory.js';
export type { SpikeSourceOptions } from './recordings/memory.js';
export type { EventSplits, Fold, FoldOptions } from './recordings/splits.js';
export type { NmnistDownloadOptions } from './sources/nmnist-download.js';
export { NMNIST_ARCHIVES } from './sources/nmnist-files.js';
export type { NmnistArchive } from './sources/nmnist-files.js';
export type { Camera } from './simulator/camera.js';
export { NMNIST_CAMERA } from './simulator/nmnist-camera.js';
export type { Movement, Saccade } from './simulator/saccades.js';
export type { Picture } from './simulator/scene.js';
export { simulateRecording, simulator } from './simulator/simulate.js';
export type { SimulationOptions } from './simulator/simulate.js';
export { eventStatistics } from './simulator/statistics.js';
export type { EventStatistics, StatisticsOptions } from './simulator/statistics.js';
export type { EventFolderOptions } from './event-folder.js';
export type { NmnistSimulatedOptions } from './nmnist-simulated.js';
export type { NmnistSetOptions } from './nmnist.js';
