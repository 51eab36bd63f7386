import type { Recording } from '@certispike/datasets';
import type { Engine, Model, Source } from '@certispike/sdk';

declare global {
  const engine: Engine;
  const model: Model;
  const train: Source;
  const test: Source;
  const recording: Recording;
}
