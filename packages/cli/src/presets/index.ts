import fashionMnistConvRate from './fashion-mnist-conv-rate.json' with { type: 'json' };
import fashionMnistConvRateNatural from './fashion-mnist-conv-rate-natural.json' with { type: 'json' };
import fashionMnistFcRate from './fashion-mnist-fc-rate.json' with { type: 'json' };
import fashionMnistFcRateMembrane from './fashion-mnist-fc-rate-membrane.json' with { type: 'json' };
import fashionMnistFcRateMembraneBest from './fashion-mnist-fc-rate-membrane-best.json' with { type: 'json' };
import fashionMnistFcRateNatural from './fashion-mnist-fc-rate-natural.json' with { type: 'json' };
import mnistConvDirect from './mnist-conv-direct.json' with { type: 'json' };
import mnistConvDirectNatural from './mnist-conv-direct-natural.json' with { type: 'json' };
import mnistConvRate from './mnist-conv-rate.json' with { type: 'json' };
import mnistConvRateMembrane from './mnist-conv-rate-membrane.json' with { type: 'json' };
import mnistConvRateMembraneBest from './mnist-conv-rate-membrane-best.json' with { type: 'json' };
import mnistConvRateMembraneMoved from './mnist-conv-rate-membrane-moved.json' with { type: 'json' };
import mnistConvRateNatural from './mnist-conv-rate-natural.json' with { type: 'json' };
import mnistFcDirect from './mnist-fc-direct.json' with { type: 'json' };
import mnistFcDirectBest from './mnist-fc-direct-best.json' with { type: 'json' };
import mnistFcDirectMoved from './mnist-fc-direct-moved.json' with { type: 'json' };
import mnistFcDirectNatural from './mnist-fc-direct-natural.json' with { type: 'json' };
import mnistFcRate from './mnist-fc-rate.json' with { type: 'json' };
import mnistFcRateBest from './mnist-fc-rate-best.json' with { type: 'json' };
import mnistFcRateLonger from './mnist-fc-rate-longer.json' with { type: 'json' };
import mnistFcRateMembrane from './mnist-fc-rate-membrane.json' with { type: 'json' };
import mnistFcRateMembraneBest from './mnist-fc-rate-membrane-best.json' with { type: 'json' };
import mnistFcRateMembraneLonger from './mnist-fc-rate-membrane-longer.json' with { type: 'json' };
import mnistFcRateMembraneMoved from './mnist-fc-rate-membrane-moved.json' with { type: 'json' };
import mnistFcRateMembraneSettled from './mnist-fc-rate-membrane-settled.json' with { type: 'json' };
import mnistFcRateMembraneShort from './mnist-fc-rate-membrane-short.json' with { type: 'json' };
import mnistFcRateNatural from './mnist-fc-rate-natural.json' with { type: 'json' };
import nmnistConvFlips from './nmnist-conv-flips.json' with { type: 'json' };
import nmnistConvNatural from './nmnist-conv-natural.json' with { type: 'json' };
import nmnistConvNaturalSmall from './nmnist-conv-natural-small.json' with { type: 'json' };
import nmnistFcFlips from './nmnist-fc-flips.json' with { type: 'json' };
import nmnistFcFlipsSmall from './nmnist-fc-flips-small.json' with { type: 'json' };
import nmnistFcNatural from './nmnist-fc-natural.json' with { type: 'json' };
import nmnistFcNaturalSmall from './nmnist-fc-natural-small.json' with { type: 'json' };
import { methodPresets } from './methods.js';
import { paperPresets } from './paper.js';
import type { Preset } from './preset.js';

/** Every preset by name. */
export const presets: Readonly<Record<string, Preset>> = {
  'mnist-conv-direct': mnistConvDirect,
  'mnist-conv-direct-natural': mnistConvDirectNatural,
  'mnist-conv-rate': mnistConvRate,
  'mnist-conv-rate-membrane': mnistConvRateMembrane,
  'mnist-conv-rate-membrane-best': mnistConvRateMembraneBest,
  'mnist-conv-rate-membrane-moved': mnistConvRateMembraneMoved,
  'mnist-conv-rate-natural': mnistConvRateNatural,
  'mnist-fc-direct': mnistFcDirect,
  'mnist-fc-direct-best': mnistFcDirectBest,
  'mnist-fc-direct-moved': mnistFcDirectMoved,
  'mnist-fc-direct-natural': mnistFcDirectNatural,
  'mnist-fc-rate': mnistFcRate,
  'mnist-fc-rate-best': mnistFcRateBest,
  'mnist-fc-rate-longer': mnistFcRateLonger,
  'mnist-fc-rate-membrane': mnistFcRateMembrane,
  'mnist-fc-rate-membrane-best': mnistFcRateMembraneBest,
  'mnist-fc-rate-membrane-longer': mnistFcRateMembraneLonger,
  'mnist-fc-rate-membrane-moved': mnistFcRateMembraneMoved,
  'mnist-fc-rate-membrane-settled': mnistFcRateMembraneSettled,
  'mnist-fc-rate-membrane-short': mnistFcRateMembraneShort,
  'mnist-fc-rate-natural': mnistFcRateNatural,
  'fashion-mnist-conv-rate': fashionMnistConvRate,
  'fashion-mnist-conv-rate-natural': fashionMnistConvRateNatural,
  'fashion-mnist-fc-rate': fashionMnistFcRate,
  'fashion-mnist-fc-rate-membrane': fashionMnistFcRateMembrane,
  'fashion-mnist-fc-rate-membrane-best': fashionMnistFcRateMembraneBest,
  'fashion-mnist-fc-rate-natural': fashionMnistFcRateNatural,
  'nmnist-conv-flips': nmnistConvFlips,
  'nmnist-conv-natural': nmnistConvNatural,
  'nmnist-conv-natural-small': nmnistConvNaturalSmall,
  'nmnist-fc-flips': nmnistFcFlips,
  'nmnist-fc-flips-small': nmnistFcFlipsSmall,
  'nmnist-fc-natural': nmnistFcNatural,
  'nmnist-fc-natural-small': nmnistFcNaturalSmall,
  ...methodPresets,
  ...paperPresets,
};
