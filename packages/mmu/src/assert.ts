/**
 * Throws when an invariant of this package does not hold: a bug of ours, never the guest's.
 *
 * @param value  what the message is about: a text made of it would cost each time what no bug shows
 */
export function assert(condition: boolean, message: string, value?: number): asserts condition {
  if (condition) return;
  throw new Error(`assertion failed: ${message}${value === undefined ? '' : `: ${value}`}`);
}
