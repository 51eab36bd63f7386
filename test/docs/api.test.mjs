import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as datasets from '@certispike/datasets';
import * as sdk from '@certispike/sdk';
import * as conversion from '@certispike/sdk/convert';
import { root } from '../cli/documents.mjs';
import { execute } from '../execute.mjs';

/** A warning (something public without words, a link to nothing, a type that is not exported) is a failure of typedoc. */
test('the documentation is written without a warning, a page for every function and class', async () => {
  const out = mkdtempSync(join(tmpdir(), 'certispike-api-'));
  const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');
  const args = [typedoc, '--options', join(root, 'scripts/docs/typedoc.json'), '--out', out];
  const { stdout, stderr } = await execute(process.execPath, args, { cwd: root });
  expect(stdout + stderr).not.toMatch(/\[(warning|error)\]/);
  expect(existsSync(join(out, 'index.html'))).toBe(true);
  const pages = new Set(['functions', 'classes'].flatMap((kind) => readdirSync(join(out, kind))));
  for (const [name, calls] of Object.entries({ sdk, sdk_convert: conversion, datasets })) {
    const callable = Object.keys(calls).filter((key) => typeof calls[key] === 'function');
    expect(callable.map((key) => `_certispike_${name}.${key}.html`).filter((page) => !pages.has(page))).toEqual([]);
  }
  rmSync(out, { recursive: true });
}, 300_000);
