import {
  type Adversary,
  type Averaging,
  type Constant,
  isPool,
  type Layer,
  type Network,
  type Region,
  type Regularisers,
  type Schedule,
  type Sides,
} from '@certispike/sdk';

/** A layer in a few words. */
export function describeLayer(layer: Layer): string {
  if (layer.kind === 'linear') return `linear ${layer.outputs}`;
  const { stride, padding } = layer;
  const window = `${describeSides(layer.kernel, ' x ')}, stride ${describeSides(stride)}, padding ${describeSides(padding)}`;
  if (layer.kind !== 'conv2d') return `${layer.kind} ${window}`;
  const dilation = layer.dilation === undefined ? '' : `, dilation ${describeSides(layer.dilation)}`;
  return `conv2d ${layer.channels}, ${window}${dilation}`;
}

/** `square`: what stands between the sides of a square; without it they are one number. */
function describeSides(sides: Sides, square?: string): string {
  if (typeof sides !== 'number') return sides.join(' x ');
  return square === undefined ? String(sides) : `${sides}${square}${sides}`;
}

/** The neurons of a layer in a few words; `fires` is false for the last layer of a membrane readout. */
export function describeNeuron(layer: Layer, fires: boolean): string {
  if (isPool(layer)) return '-';
  const { neuron } = layer;
  const leak = describeConstant(neuron.leak);
  if (!fires) return `leak ${leak}, does not fire`;
  return `threshold ${describeConstant(neuron.threshold)}, leak ${leak}, ${neuron.reset} reset`;
}

/** A number, or the least and the greatest of several. */
function describeConstant(constant: Constant): string {
  if (typeof constant === 'number') return String(constant);
  const [least, greatest] = [Math.min, Math.max].map((pick) => constant.reduce((a, b) => pick(a, b)));
  return `${least} to ${greatest}`;
}

/** The input of a network in a few words. */
export function describeInput({ input }: Network): string {
  const { shape, encoding, steps } = input;
  return `${shape.join(' x ')}, ${encodings[encoding]}, T = ${steps}`;
}

const encodings = { rate: 'rate-coded', direct: 'direct', spikes: 'spikes' };

/** A region in a few words. */
export function describeRegion(region: Region): string {
  switch (region.kind) {
    case 'linf':
      return `epsilon ${region.epsilon}${region.clip ? ' within [0, 1]' : ''}`;
    case 'sampled':
      return `a random share of ${region.fraction} of all places`;
    case 'shift':
      return `at most ${region.budget} spikes moved by at most ${region.steps} step${region.steps === 1 ? '' : 's'}`;
    default: {
      const { budget, additions, deletions, perStep, mask } = region;
      const kind = additions && deletions ? 'flips' : additions ? 'additions' : 'deletions';
      const most = perStep === null ? '' : `, ${[perStep].flat().join('/')} in a step`;
      return `at most ${budget} ${kind}${most}${mask === null ? '' : ', where the mask allows them'}`;
    }
  }
}

/** A schedule in a few words, in the short form of the command line. */
export function describeSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'constant':
      return String(schedule.value);
    case 'steps':
      return `steps:${schedule.values.map(([progress, value]) => `${progress}=${value}`).join(',')}`;
    case 'staircase':
      return `staircase:${schedule.from}:${schedule.to}:${schedule.start}:${schedule.end}:${schedule.epochs}`;
    default:
      return `${schedule.kind}:${schedule.from}:${schedule.to}:${schedule.start}:${schedule.end}`;
  }
}

/** Time steps, which may change with the training's progress. */
export function describeSteps(steps: number | Schedule): string {
  return typeof steps === 'number' ? String(steps) : describeSchedule(steps);
}

/** Which average of the weights is kept. */
export function describeAveraging(averaging: Averaging): string {
  const from = averaging.start === 0 ? '' : ` from ${averaging.start} of the training on`;
  return averaging.kind === 'ema'
    ? `weights averaged with decay ${averaging.decay}${from}`
    : `mean of the weights${from}`;
}

/** How a training attacks. */
export function describeAdversary({ kind, iterations, stepSize, randomStart }: Adversary): string {
  const start = randomStart ? ' from a random start' : '';
  return kind === 'fgsm' ? `fgsm, step ${stepSize}${start}` : `pgd, ${iterations} steps of ${stepSize}${start}`;
}

/** The regularisers that weigh something. */
export function describeRegularisers(regularisers: Regularisers): string[] {
  return (['growth', 'balance', 'stability', 'guard'] as const)
    .map((name) => [name, describeSchedule(regularisers[name])])
    .filter(([, weight]) => weight !== '0')
    .map(([name, weight]) => `${name} ${weight}`);
}
