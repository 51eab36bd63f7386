/** The typings of seedrandom stop at its main entry, which pulls in Node's crypto; this file alone does not. */
declare module 'seedrandom/lib/alea.js' {
  /** A generator of numbers in [0, 1), multiples of 2^-32, fixed by `key`. */
  export default function alea(key: string): () => number;
}
