import { basename } from 'node:path';
import {
  attackStages,
  certify,
  type CertifyResult,
  createEngine,
  describeContradiction,
  type Engine,
  type Model,
  saveAdversarial,
  type Source,
} from '@certispike/sdk';
import { Command } from 'commander';
import { type AttackOutcome, type AttackRecord, type AttackStageRecord, runAttack } from '../attacking.js';
import type { Call } from '../call.js';
import { columns, percent } from '../columns.js';
import { attackFlags, attackSchema, describeOverrides } from '../config/attack.js';
import { methodsHelp } from '../config/attack-methods.js';
import { flagName } from '../config/field.js';
import { fileLayer, flagLayer, type Layer, resolve } from '../config/resolve.js';
import { withTarget } from '../config/target.js';
import { openDataSet } from '../data-set.js';
import { describeRegion } from '../description.js';
import { CliError } from '../failure.js';
import { addFields } from '../flags.js';
import { pictureKind } from '../look/picture.js';
import { openModel } from '../model-file.js';
import { checkTarget, print, printJson, say } from '../output.js';
import { createMeter } from '../progress/create.js';
import { duration } from '../progress/duration.js';
import { describeReplay, drawReplay, openExamples, runReplay } from '../replaying.js';
import { addRunOptions, engineOptions, type RunOptions } from '../run-options.js';
import { status } from '../status.js';
import { trainedReading } from '../trained-reading.js';

const examples = `
${methodsHelp()}

With --certified the examples are certified first. A certified example that an attack fools is a fault of a bound: the
exit status is 1, the line says which bound, and the example is saved.

Examples:
  certispike attack --model model.safetensors --data mnist --epsilon 0.06 --limit 1000
  certispike attack --model model.safetensors --epsilon 0.06 --certified --examples fooled.safetensors
  certispike attack --model model.safetensors --epsilon 0.06 --attack pgd:step-size=0.1,iterations=100,restarts=5
  certispike attack --model model.safetensors --epsilon 0.06 --attack fgsm+square --json
  certispike attack --model model.safetensors --data nmnist --region flips:k=8 --attack quick
  certispike attack --model model.safetensors --replay fooled.safetensors --picture fooled.svg`;

interface Options extends RunOptions, Readonly<Record<string, unknown>> {
  readonly config?: string;
  readonly examples?: string;
  readonly replay?: string;
  readonly picture?: string;
}

/** `certispike attack`: looks for inputs of a region that a model gets wrong. */
export function attackCommand(call: Call): Command {
  const command = new Command('attack')
    .description('Attack a model: look, within a region around every example, for an input that it gets wrong.')
    .addHelpText('after', examples);
  addFields(command, 'What is attacked, and how (the fields of a config file):', attackFlags);
  command
    .option('--config <file>', 'read the fields above from a JSON file; flags win')
    .option('--examples <file>', 'write the adversarial examples (.safetensors)')
    .option('--replay <file>', 'try the examples of such a file again instead, by a plain forward pass')
    .option('--picture <file>', 'with --replay, draw clean, adversarial and difference side by side, .svg or .png');
  return addRunOptions(command).action(async (options: Options) => {
    const { signal } = call.interrupt;
    const work = options.replay === undefined ? attack(options, signal) : replay(options, options.replay);
    call.finish(await work);
  });
}

type Config = Awaited<ReturnType<typeof completeConfig>>;

async function attack(options: Options, signal: AbortSignal): Promise<number> {
  if (options.picture !== undefined) {
    throw new CliError('bad-value', `picture: expected it beside --replay, got it alone: ${options.picture}`);
  }
  const config = await completeConfig(options);
  if (options.examples !== undefined) await checkTarget('examples', options.examples);
  await using engine = await createEngine(engineOptions(options));
  const { model } = await openModel(engine, 'model', config.model);
  checkAttack(model, config);
  const quiet = options.quiet === true;
  const data = await openDataSet(config, { signal, quiet, ...(await trainedReading(config.model)) });
  const source = data[config.split];
  const certificate = config.certified ? await certified({ engine, model, source, config, quiet, signal }) : undefined;
  using meter = createMeter(`attacking ${basename(config.model)}`, quiet);
  const outcome = await runAttack({
    engine,
    model,
    source,
    recordings: data.recordings,
    config,
    certificate,
    meter,
    signal,
  });
  const { record } = outcome;
  meter.succeed(`${record.fooled} of ${record.tried} attacked examples fooled in ${duration(record.seconds)}`);
  warn(record);
  for (const line of unusedSurrogates(record, config.surrogate)) say(line);
  if (options.json === true) await printJson(record);
  else await print(describe(record, describeOverrides(config)));
  // After the totals, which a full disk must not cost.
  if (options.examples !== undefined) await save(outcome, options.examples);
  if (outcome.contradictions.length === 0) return status.ok;
  return await complain(outcome, config.model);
}

async function completeConfig(options: Options) {
  const layers: Layer[] = [];
  if (options.config !== undefined) layers.push(await fileLayer(options.config));
  layers.push(flagLayer(attackFlags, options));
  const config = withTarget(resolve(attackSchema, layers), layers);
  const alone = ofCertificate.find((field) => !config.certified && layers.at(-1)?.values[field] !== undefined);
  if (alone !== undefined) {
    throw new CliError('bad-value', `${alone}: expected it beside --certified, got it alone`);
  }
  return config;
}

/** What means nothing without a certificate. */
const ofCertificate = ['probe', 'bounds', 'relaxation', 'coupling'];

/** What a replay takes; a file of examples says all else. `data` is not read, but belongs to many a call. */
const ofReplay = new Set(['model', 'data', 'limit']);

/** Refuses an attack that cannot work before data is read or anything certified. */
function checkAttack(model: Model, config: Config): void {
  const { region, attack, iterations, restarts, surrogate, draws, attackSeed } = config;
  attackStages(model.network, {
    region,
    attack,
    attackSeed,
    ...(iterations !== undefined && { iterations }),
    ...(restarts !== undefined && { restarts }),
    ...(surrogate !== undefined && { surrogates: surrogate }),
    ...(draws !== undefined && { draws }),
  });
}

interface Certifying {
  readonly engine: Engine;
  readonly model: Model;
  readonly source: Source;
  readonly config: Config;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

async function certified({ engine, model, source, config, quiet, signal }: Certifying): Promise<CertifyResult> {
  using meter = createMeter(`certifying ${basename(config.model)}`, quiet);
  const { region, steps, seed, bounds, relaxation, coupling, limit } = config;
  const result = await certify(engine, model, source, {
    region,
    steps: steps ?? model.network.input.steps,
    seed,
    bounds,
    relaxation,
    coupling,
    ...(limit !== undefined && { limit }),
    signal,
    onProgress: ({ done, total }) => meter.update({ fraction: done / total, detail: `${done} of ${total}` }),
  });
  const error = percent(result.certifiedError.best, 2);
  meter.succeed(`certified error ${error}, ${result.examples} examples in ${duration(result.seconds)}`);
  return result;
}

/** What a table must not hide. */
function warn({ worst_case, blind, tried, stages }: AttackRecord): void {
  if (!worst_case) say('certispike: warning: the region frees random places; it is no worst case');
  if (blind === 0) return;
  const others = stages.length === 1 ? '' : ', whatever the surrogate';
  say(
    `certispike: warning: ${blind} of ${tried} attacked examples had a gradient of zero everywhere${others}; ` +
      'attacks that follow gradients were blind there, which is no robustness',
  );
}

/** What takes its surrogates in turn over the restarts; others do over their iterations. */
const oncePerRun = new Set(['fgsm', 'pgd', 'apgd']);

/** Surrogates that were asked for and never had their turn: one alone overstates robustness. */
function unusedSurrogates({ stages }: AttackRecord, asked: Config['surrogate']): string[] {
  const few = stages.filter(({ surrogates, restarts, method }) => {
    return oncePerRun.has(method.kind) && restarts < surrogates.length;
  });
  if (asked === undefined || few.length === 0) return [];
  const names = few.map(({ name, restarts }) => `${name} (${restarts})`).join(', ');
  return [
    `certispike: warning: ${asked.length} surrogates take turns over the restarts, and fewer came to their turn in ` +
      `${names}; --restarts ${asked.length} uses all`,
  ];
}

async function save({ result, record }: AttackOutcome, path: string): Promise<void> {
  const { model, data, split, recordings, versions } = record;
  await saveAdversarial(result, path, { notes: { model, data, split, recordings, versions } });
}

/** Says which bound is unsound and keeps the examples that show it. */
async function complain(outcome: AttackOutcome, model: string): Promise<number> {
  const { contradictions, result } = outcome;
  const kept = contradictions.flatMap(({ example }) => (example === undefined ? [] : [example]));
  for (const contradiction of contradictions) say(`certispike: ${describeContradiction(contradiction)}`);
  if (kept.length > 0) {
    const path = `${model.replace(/\.safetensors$/, '')}.contradictions.safetensors`;
    await save({ ...outcome, result: { ...result, adversarial: kept } }, path);
    say(`certispike: ${kept.length} of them saved in ${path}; --replay tries them again`);
  }
  say(`certispike: ${contradictions.length} examples contradict their certificates [unsound]`);
  return status.propertyFailed;
}

async function replay(options: Options, file: string): Promise<number> {
  const { picture } = options;
  const flags = flagLayer(attackFlags, options);
  const other = [...Object.keys(flags.values), 'examples', 'config'].find(
    (field) => options[field] !== undefined && !ofReplay.has(field),
  );
  if (other !== undefined) {
    throw new CliError('bad-value', `${flagName(other)}: expected none beside --replay, as the examples say it`);
  }
  const config = resolve(attackSchema, [flags]);
  if (picture !== undefined) {
    pictureKind(picture);
    await checkTarget('picture', picture);
  }
  const stored = await openExamples(file, config.limit);
  const noted = stored.notes['model'];
  const path = config.model ?? (typeof noted === 'string' ? noted : undefined);
  if (path === undefined) {
    throw new CliError('missing-field', 'model: expected a model file, as in --model model.safetensors, got nothing');
  }
  await using engine = await createEngine(engineOptions(options));
  const { model } = await openModel(engine, 'model', path);
  const record = await runReplay({ engine, model, path, file, stored });
  if (!record.same_model) say(`certispike: ${path} is not the model that was attacked`);
  const captions = picture === undefined ? [] : await drawReplay(picture, stored, record);
  if (options.json === true) await printJson(record);
  else await print(describeReplay(record, stored.kind));
  if (picture !== undefined && options.json !== true) {
    await print([`${picture}: a row for each of the first ${captions.length} examples`, ...captions].join('\n'));
  }
  return record.same_model && record.holding < record.examples ? status.propertyFailed : status.ok;
}

/** @param overrides what was asked of every stage, which the short form of the attack does not say */
function describe(record: AttackRecord, overrides: string): string {
  const { examples: count, clean_error, attacked_error, certified_error, stages, region, seed, steps } = record;
  const right = (title: string, cell: (stage: AttackStageRecord) => string) => ({
    title,
    align: 'right' as const,
    cell,
  });
  const table = columns<AttackStageRecord>(
    [
      { title: 'stage', cell: ({ name }) => name },
      right('tried', ({ tried }) => String(tried)),
      right('fooled', ({ fooled }) => String(fooled)),
      right('zero gradients', ({ zero_gradients }) => String(zero_gradients)),
      right('passes', ({ passes }) => passes.toLocaleString('en')),
      right('time', ({ seconds }) => duration(seconds)),
    ],
    stages,
  );
  const rows: [string, number][] = [
    ['clean error', clean_error],
    ['attacked error', attacked_error],
    ...(certified_error === null ? [] : ([['certified error, best', certified_error]] as [string, number][])),
  ];
  const errors = columns<[string, number]>(
    [
      { title: `${count} examples`, cell: ([name]) => name },
      { title: '', align: 'right', cell: ([, error]) => percent(error, 2) },
    ],
    rows,
  );
  const probe = record.probed_certified === null ? '' : `, ${record.probed_certified} of them certified`;
  const attack = `attack ${record.attack}${overrides}, attack seed ${record.attack_seed}`;
  const terms = `${describeRegion(region)}, T = ${steps}, seed ${seed}, ${attack}, ${duration(record.seconds)}`;
  return [table, '', errors, `${record.tried} examples attacked${probe}`, terms].join('\n');
}
