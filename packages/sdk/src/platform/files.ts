/** Files by path. */
export interface Files {
  /** @throws CertispikeError `file-not-found`, `is-a-folder`, `not-a-folder`, `permission-denied`, `file-error` */
  read(path: string): Promise<Uint8Array>;
  /**
   * Writes a whole file: under another name first, then renamed, so that the path holds either the old or the new.
   * @throws CertispikeError as `read`, and `disk-full`
   */
  write(path: string, bytes: Uint8Array): Promise<void>;
}
