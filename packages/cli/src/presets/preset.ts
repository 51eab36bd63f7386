/** A recipe that ships with the command line, in the form of a config file. */
export interface Preset {
  readonly summary: string;
  /** Fields of a training configuration; checked against the schema when used. */
  readonly config: Readonly<Record<string, unknown>>;
}
