/** One of the two archives of N-MNIST. */
export interface NmnistArchive {
  readonly part: 'train' | 'test';
  readonly name: string;
  /** MD5, the checksum that was published. */
  readonly md5: string;
  /** Public places, in the order they are tried. */
  readonly urls: readonly string[];
}

const MENDELEY = 'https://data.mendeley.com/public-files/datasets/468j46mzdv/files';
const DROPBOX = 'https://www.dropbox.com/sh/tg2ljlbmtzygrag';

/** N-MNIST as its authors published it: https://www.garrickorchard.com/datasets/n-mnist, CC BY-SA 4.0. */
export const NMNIST_ARCHIVES: readonly NmnistArchive[] = [
  {
    part: 'train',
    name: 'Train.zip',
    md5: '20959b8e626244a1b502305a9e6e2031',
    urls: [
      `${MENDELEY}/39c25547-014b-4137-a934-9d29fa53c7a0/file_downloaded`,
      `${DROPBOX}/AABlMOuR15ugeOxMCX0Pvoxga/Train.zip?dl=1`,
    ],
  },
  {
    part: 'test',
    name: 'Test.zip',
    md5: '69ca8762b2fe404d9b9bad1103e97832',
    urls: [
      `${MENDELEY}/05a4d654-7e03-4c15-bdfa-9bb2bcbea494/file_downloaded`,
      `${DROPBOX}/AADSKgJ2CjaBWh75HnTNZyhca/Test.zip?dl=1`,
    ],
  },
];
