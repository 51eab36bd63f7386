import { readFile } from 'node:fs/promises';
import { type Engine, loadModel, type Model } from '@certispike/sdk';
import type { ConversionReport } from '@certispike/sdk/convert';
import { fileError } from './failure.js';
import { say } from './output.js';

/** A model and, where another framework wrote its file, how it was converted. */
export interface OpenedModel {
  readonly model: Model;
  readonly conversion: ConversionReport | undefined;
}

/**
 * The model of a file, whoever wrote it: what it is, is seen from its content.
 * @param field the field that names the file
 * @throws CliError for a file that cannot be read; CertispikeError for one that holds no model
 */
export async function openModel(engine: Engine, field: string, path: string): Promise<OpenedModel> {
  const bytes = await readBytes(field, path);
  const { fileKind, modelFrom } = await import('@certispike/sdk/convert');
  const kind = fileKind(bytes);
  if (kind === 'certispike') return { model: await loadModel(engine, path), conversion: undefined };
  const { model, report } = await modelFrom(engine, bytes, { name: path });
  sayConversion(path, report);
  return { model, conversion: report };
}

/** The bytes of a file that a field or argument names. */
export async function readBytes(field: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError(field, path, error);
  }
}

/** By which rules a file of another framework was read, and what its reader should know. */
export function sayConversion(path: string, { convention, warnings }: ConversionReport): void {
  say(`certispike: ${path}: read by ${convention}`);
  for (const warning of warnings) say(`certispike: ${path}: ${warning}`);
}
