import { type IdxSet, MNIST_FILES, type MnistPart } from './mnist-files.js';

/** SHA-256 of the gzipped files that Zalando Research published. */
const ARCHIVES: Readonly<Record<MnistPart, string>> = {
  trainImages: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
  trainLabels: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
  testImages: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
  testLabels: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
};

/** Public mirrors of the gzipped files of Fashion-MNIST, in the order they are tried. */
export const FASHION_MNIST_MIRRORS: readonly string[] = [
  'https://fashion-mnist.s3.eu-central-1.amazonaws.com',
  'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion',
];

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv 1708.07747, MIT licence): photographs of ten kinds of clothing, in files
 * with the names of MNIST's.
 */
export const FASHION_MNIST: IdxSet = {
  name: 'fashion-mnist',
  files: MNIST_FILES.map(({ part, name, alias }) => ({ part, name, alias, archiveSha256: ARCHIVES[part] })),
  mirrors: FASHION_MNIST_MIRRORS,
};
