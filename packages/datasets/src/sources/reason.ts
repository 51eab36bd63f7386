/** Why a `fetch` failed: its error says only "fetch failed" or "terminated", the cause says why. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  const reason = cause?.message || cause?.code;
  return reason === undefined ? (message ?? String(error)) : `${message} (${reason})`;
}
