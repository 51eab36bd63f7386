import { names } from './workloads.mjs';

/** Ratios of PyTorch's time to ours that are aimed at: trained weights, as many workers and threads as there are cores. */
const wanted = {
  'fc/rate': [5, 4, 5, 6, 10, 6, 8],
  'fc/direct': [4, 3, 4, 6, 10, 5, 8],
  'conv/rate': [4, 2, 5, 8, 15, 6, 10],
  'conv/direct': [3, 2, 4, 8, 15, 5, 10],
};

/** The target of a workload, or undefined where there is none. */
export function target(id) {
  const [name, network, input, weights] = id.split('/');
  return weights === 'trained' ? wanted[`${network}/${input}`][names.indexOf(name)] : undefined;
}

/**
 * What the authors' code took in PyTorch on two threads that multiply matrices at 96 GFLOP/s each, in milliseconds, the
 * larger number of each range: a peer that is slower has not been written well.
 */
export const authors = {
  gemm: 96,
  fc: {
    inference: 18,
    'natural-step': 43,
    's-ibp-step': 100,
    's-crown-step': 272,
    's-ibp-eval': 60,
    's-crown-eval': 280,
  },
  conv: {
    inference: 205,
    'natural-step': 590,
    's-ibp-step': 1500,
    's-crown-step': 7900,
    's-ibp-eval': 900,
    's-crown-eval': 5800,
  },
};
