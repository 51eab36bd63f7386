/** Where data sets lie that are not taken by their name: `{ nmnist: folder }`. */
export type Places = Readonly<Record<string, string>>;

/** The folder of N-MNIST in the calls that records keep: its usual name, wherever it lies on this machine. */
export const recordingsPlace = 'N-MNIST';
