/** A bug of ours, never a guest's: ends the process with a stack trace. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}
