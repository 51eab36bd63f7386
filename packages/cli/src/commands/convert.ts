import { createEngine, type Input, saveModel } from '@certispike/sdk';
import type { ConversionReport, ConvertOptions, LayersDescription, NirConvention } from '@certispike/sdk/convert';
import { Command, Option } from 'commander';
import type { Call } from '../call.js';
import { columns } from '../columns.js';
import { atLeast, check, oneOf, whole } from '../config/field.js';
import { readJson } from '../config/resolve.js';
import { readValue } from '../config/short-form.js';
import { CliError } from '../failure.js';
import { readBytes } from '../model-file.js';
import { checkTarget, print, printJson, writeWhole } from '../output.js';
import { status } from '../status.js';

const examples = `
A file is recognised by its content, whatever its name. What has no exact counterpart is refused with the
reason. A layers file tells what a state dict does not say, by the class names of its framework and the
arguments of their constructors; what is left out has the framework's default:
  { "framework": "snntorch",
    "input": { "shape": [1, 28, 28], "encoding": "rate", "steps": 10 },
    "layers": [{ "type": "Linear", "name": "fc1" },
               { "type": "Leaky", "name": "lif1", "beta": 0.9, "reset_mechanism": "zero" }, ...] }

Examples:
  certispike convert checkpoint.pth model.safetensors
  certispike convert snntorch.pth model.safetensors --layers layers.json
  certispike convert graph.nir model.safetensors --convention spikingjelly
  certispike convert model.safetensors graph.nir`;

interface Options {
  readonly layers?: string;
  readonly convention?: NirConvention;
  readonly dt?: number;
  readonly encoding?: Input['encoding'];
  readonly steps?: number;
  readonly shape?: Input['shape'];
  readonly vReset: boolean;
  readonly json?: boolean;
}

/** What `convert` reports; the form of its `--json` output. */
interface ConvertRecord extends ConversionReport {
  readonly from: string;
  readonly to: string;
  readonly parameters: number;
}

/** `certispike convert`: a network of another framework as a model of this one, or a model as a NIR graph. */
export function convertCommand(call: Call): Command {
  const flag = (name: string, schema: Parameters<typeof check>[0]) => (text: string) =>
    check(schema, readValue(text), () => name);
  return new Command('convert')
    .description(
      'Convert a network of another framework into a model, or a model into a NIR graph; exactly or not at all.',
    )
    .argument('<in>', 'a state dict of PyTorch (.pth, .pt) or safetensors, a NIR graph (.nir), or a model')
    .argument('<out>', 'where it goes: a model (.safetensors) or a NIR graph (.nir)')
    .option('--layers <file>', 'JSON that describes the layers of a state dict')
    .addOption(
      new Option('--convention <name>', 'the rules by which a NIR graph is read (default: detected)').choices([
        'nir',
        'snntorch',
        'spikingjelly',
        'norse',
        'sinabs',
      ]),
    )
    .option(
      '--dt <seconds>',
      "a step of a NIR graph, read or written (default: the convention's)",
      flag('--dt', atLeast(0)),
    )
    .option(
      '--encoding <how>',
      'how inputs are fed: rate, direct or spikes',
      flag('--encoding', oneOf('rate', 'direct', 'spikes')),
    )
    .option('--steps <count>', 'time steps of the network', flag('--steps', whole(1)))
    .option('--shape <CxHxW>', 'the shape of its inputs, such as 1x28x28', shapeOf)
    .option('--no-v-reset', 'write no v_reset, which readers of NIR before 1.0.6 do not know')
    .option('--json', 'print one JSON object on one line of stdout')
    .addHelpText('after', examples)
    .action(async (from: string, to: string, options: Options) => {
      const record = await convertFile(from, to, options);
      if (options.json === true) await printJson(record);
      else await print(describe(record));
      call.finish(status.ok);
    });
}

async function convertFile(from: string, to: string, options: Options): Promise<ConvertRecord> {
  const form = formOf(to);
  await checkTarget('out', to);
  const bytes = await readBytes('in', from);
  const { convert, modelOf, toNir } = await import('@certispike/sdk/convert');
  const { convention, dt, vReset } = options;
  const layers =
    options.layers === undefined ? undefined : ((await readJson('layers', options.layers)) as LayersDescription);
  const how: ConvertOptions = {
    name: from,
    ...(convention && { convention }),
    ...(dt && { dt }),
    ...(layers && { layers }),
  };
  const first = await convert(bytes, how);
  const input = inputOf(first.network.input, options);
  const conversion = input === first.network.input ? first : await convert(bytes, { ...how, input });
  await using engine = await createEngine({ workers: 1 });
  const { model, report } = modelOf(engine, conversion);
  if (form === 'nir') await writeWhole('out', to, await toNir(model, { vReset, ...(dt && { dt }) }));
  else await saveModel(model, to, { notes: { converted: { from, ...report } } });
  return { from, to, parameters: model.parameterCount, ...report };
}

/** What the name of the result asks for. */
function formOf(to: string): 'safetensors' | 'nir' {
  if (/\.(nir|h5|hdf5)$/i.test(to)) return 'nir';
  if (/\.safetensors$/i.test(to)) return 'safetensors';
  const got = /\.onnx$/i.test(to) ? `${to}; ONNX is not written yet` : to;
  throw new CliError('unknown-form', `out: expected a name that ends with .safetensors or .nir, got ${got}`);
}

/** The input of a network with what the flags say otherwise. */
function inputOf(input: Input, { encoding, steps, shape }: Options): Input {
  if (encoding === undefined && steps === undefined && shape === undefined) return input;
  return { shape: shape ?? input.shape, encoding: encoding ?? input.encoding, steps: steps ?? input.steps };
}

function shapeOf(text: string): Input['shape'] {
  const sizes = /^(\d+)x(\d+)x(\d+)$/.exec(text)?.slice(1).map(Number);
  if (sizes === undefined)
    throw new CliError('bad-value', `--shape: expected CxHxW, such as 1x28x28, got ${JSON.stringify(text)}`);
  return sizes as unknown as Input['shape'];
}

function describe({ from, to, parameters, convention, mapped, warnings }: ConvertRecord): string {
  const table = columns<ConversionReport['mapped'][number]>(
    [
      { title: 'there', cell: (mapping) => mapping.from },
      { title: 'here', cell: (mapping) => mapping.to },
    ],
    mapped,
  );
  const notes = warnings.map((warning) => `note: ${warning}`);
  return [table, `convention: ${convention}`, ...notes, `${from} -> ${to}: ${parameters} parameters`].join('\n');
}
