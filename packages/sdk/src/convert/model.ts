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
 */
export async function modelFrom(engine: Engine, bytes: Uint8Array, options: ConvertOptions = {}): Promise<Converted> {
  return modelOf(engine, await convert(bytes, options));
}

/**
 * The model of a conversion.
 * @throws CertispikeError `cannot-convert`, `disposed`
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
