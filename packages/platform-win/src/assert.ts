/** Throws when an invariant of this package does not hold: a bug of ours, never the guest's. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
