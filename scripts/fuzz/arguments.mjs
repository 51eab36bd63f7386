import { parseArgs } from 'node:util';

export const usage = `npm run fuzz -- [options]
  --cases N      how many damaged files in all, spread over the targets (default 200000)
  --target NAME  only this target; may be repeated
  --seed N       seed of the damage (default: today's date), to repeat a run
  --list         the targets
  --no-setup     take the packages as they are built
A failure names target, seed and case, and is kept in .tools/fuzz/.`;

/** @throws an error with a code ERR_PARSE_ARGS... for what it does not know */
export function parsed(args) {
  const { values } = parseArgs({
    args,
    options: {
      cases: { type: 'string', default: '200000' },
      target: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: new Date().toISOString().slice(0, 10).replaceAll('-', '') },
      list: { type: 'boolean', default: false },
      'no-setup': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { list, help, target: targets } = values;
  return {
    cases: whole('cases', values.cases),
    seed: whole('seed', values.seed),
    targets,
    list,
    help,
    setup: !values['no-setup'],
  };
}

function whole(name, text) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw Object.assign(new Error(`--${name}: expected a whole number above 0, got ${text}`), {
    code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE',
  });
}
