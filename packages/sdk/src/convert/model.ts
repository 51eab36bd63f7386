import { tensorsOf } from '../core/tensors.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { poolEngine } from '../engine/pool-engine.js';
import { shown } from '../error.js';
import { convert, type ConvertOptions } from './convert.js';
import type { Conversion, ConversionReport } from './conversion.js';
import { unmapped } from './failure.js';

/** A model that was converted, and how. */
export interface Converted {
  /** To be freed by the caller. */
  readonly model: Model;
  readonly report: ConversionReport;
}

/**
 * The model of a file of another framework: {@link convert}, then given to an engine.
 * @throws CertispikeError as {@link convert}; `disposed`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { rate } from '@certispike/sdk';
 * import { type LayersDescription, modelFrom } from '@certispike/sdk/convert';
 *
 * const layers: LayersDescription = {
 *   framework: 'snntorch',
 *   input: rate([1, 28, 28]),
 *   layers: [
 *     { type: 'Flatten' },
 *     { type: 'Linear', name: 'fc1' },
 *     { type: 'Leaky', beta: 0.9, reset_mechanism: 'zero' },
 *   ],
 * };
 * const { model, report } = await modelFrom(engine, await readFile('network.pth'), { layers });
 * for (const { from, to } of report.mapped) console.log(from, to);
 * ```
 */
export async function modelFrom(engine: Engine, bytes: Uint8Array, options: ConvertOptions = {}): Promise<Converted> {
  return modelOf(engine, await convert(bytes, options));
}

/**
 * The model of a conversion.
 * @throws CertispikeError `cannot-convert`, `disposed`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { convert, modelOf } from '@certispike/sdk/convert';
 *
 * const conversion = await convert(await readFile('network.nir'));
 * console.log(conversion.report.warnings.length); // 0
 * const { model } = modelOf(engine, conversion);
 * ```
 */
export function modelOf(engine: Engine, { network, tensors, report }: Conversion): Converted {
  const model = poolEngine(engine).emptyModel(network);
  try {
    model.write((core) => {
      for (const { name, shape } of tensorsOf(core)) {
        const values = tensors.get(name);
        const length = shape.reduce((product, size) => product * size, 1);
        if (values?.length !== length) {
          throw unmapped(name, `expected ${shown(shape)} numbers, got ${values?.length ?? 'none'}`);
        }
        core.setTensor(name, values);
      }
    });
    return { model, report };
  } catch (error) {
    model.free();
    throw error;
  }
}
