import { Mistake } from './failure.mjs';

/** What is measured, in the order of the tables. */
export const names = [
  'inference',
  'natural-step',
  's-ibp-step',
  's-crown-step',
  's-crown-fused-step',
  's-ibp-eval',
  's-crown-eval',
];
const axes = { network: ['fc', 'conv'], input: ['rate', 'direct'], weights: ['fresh', 'trained'] };

/** Steps of a run, steps that a training bounds (the paper's T'), and the radius for each input. */
const setting = { steps: 10, certifiedSteps: 3, epsilon: { rate: 0.06, direct: 0.1 } };

/**
 * All workloads. `id` is `<name>/<network>/<input>/<weights>`. The paper's share of the natural loss; a learning rate of
 * nothing, so that every run does the same work on the same weights.
 */
export const workloads = axes.weights.flatMap((weights) =>
  axes.network.flatMap((network) =>
    axes.input.flatMap((input) =>
      names.map((name) => ({
        id: [name, network, input, weights].join('/'),
        name,
        network,
        input,
        weights,
        steps: setting.steps,
        certifiedSteps: setting.certifiedSteps,
        epsilon: setting.epsilon[input],
        kappa: 0.4,
        beta: name === 's-ibp-step' ? 0 : 1,
        scale: 10,
        learningRate: 0,
      })),
    ),
  ),
);

/** Is it a step of training, as opposed to an evaluation? */
export const isStep = ({ name }) => name.endsWith('-step');

/** Is anything bounded? */
export const isBounded = ({ name }) => name.startsWith('s-');

/**
 * The workloads that fit one of the patterns: words of an id in any order, such as `s-crown-eval` or `conv/rate`.
 * @throws Mistake for a word that no id has, and for words that never come together
 */
export function chosen(patterns) {
  if (patterns.length === 0) return workloads;
  const known = [...names, ...Object.values(axes).flat()];
  for (const pattern of patterns) {
    const words = pattern.split('/');
    const unknown = words.find((word) => !known.includes(word));
    if (unknown !== undefined) {
      throw new Mistake(`--only ${pattern}: there is no "${unknown}"; there are ${known.join(', ')}`);
    }
    if (!workloads.some((workload) => fits(workload, words))) {
      throw new Mistake(`--only ${pattern}: no workload is all of this; one of each of its words at most`);
    }
  }
  return workloads.filter((workload) => patterns.some((pattern) => fits(workload, pattern.split('/'))));
}

const fits = (workload, words) => words.every((word) => workload.id.split('/').includes(word));
