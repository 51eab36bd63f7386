import { modelFromBytes } from '@certispike/sdk';
import { modelFile } from './data.js';
import type { Session, ShownModel } from './session.js';
import type { Subject } from './subject.js';

const files = {
  pixels: {
    file: 'digits',
    name: 'digits',
    note: 'Trained on MNIST to be robust to epsilon 0.06; comes with this page.',
  },
  spikes: {
    file: 'recordings',
    name: 'recordings',
    note: 'Trained on simulated recordings of an event camera to be robust to flipped spikes; comes with this page.',
  },
} as const;

/** The models that come with the page. */
export class Builtin {
  /** Shows the model for a kind of input, unless the one that is shown takes it. */
  async fit(session: Session, kind: Subject['kind']): Promise<void> {
    const encoding = session.shown.value?.model.network.input.encoding;
    const takes = encoding === undefined ? undefined : encoding === 'spikes' ? 'spikes' : 'pixels';
    if (takes !== kind) session.use(await this.load(session, kind));
  }

  async load(session: Session, kind: Subject['kind']): Promise<ShownModel> {
    const { file, name, note } = files[kind];
    return { model: await modelFromBytes(session.engine, await modelFile(file)), name, note };
  }
}
