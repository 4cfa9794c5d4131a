/** What /proc tells of how a program was started: read off its stack before it runs. */
import type { GuestMemory } from './guest-memory.ts';

export interface StartRecord {
  /** Where the strings lie, [start, end); the program may change them. */
  readonly arguments: readonly [number, number];
  readonly environment: readonly [number, number];
  /** Pairs of words, the last one zeros. */
  readonly auxiliaryVector: Uint8Array;
}

export const NO_START: StartRecord = {
  arguments: [0, 0],
  environment: [0, 0],
  auxiliaryVector: new Uint8Array(0),
};

const WORD_BYTES = 8;
/** Longest string that execve takes, MAX_ARG_STRLEN. */
const MOST_STRING_BYTES = 32 * 4096;

/**
 * Reads argc, argv, the environment and the auxiliary vector from where a new program's stack
 * pointer is.
 */
export function startRecord(memory: GuestMemory, stackPointer: number): StartRecord {
  const argumentCount = memory.word(stackPointer) ?? 0;
  const argumentsAt = stackPointer + WORD_BYTES;
  const environmentAt = argumentsAt + (argumentCount + 1) * WORD_BYTES;
  let environmentCount = 0;
  while ((memory.word(environmentAt + environmentCount * WORD_BYTES) ?? 0) !== 0) {
    environmentCount++;
  }
  const vectorAt = environmentAt + (environmentCount + 1) * WORD_BYTES;
  let vectorEnd = vectorAt;
  while ((memory.word(vectorEnd) ?? 0) !== 0) vectorEnd += 2 * WORD_BYTES;
  return {
    arguments: stringRange(memory, argumentsAt, argumentCount),
    environment: stringRange(memory, environmentAt, environmentCount),
    auxiliaryVector: memory.readSome(vectorAt, vectorEnd + 2 * WORD_BYTES - vectorAt),
  };
}

/** From the first of `count` strings to the end of the last. */
function stringRange(
  memory: GuestMemory,
  pointers: number,
  count: number,
): readonly [number, number] {
  if (count === 0) return [0, 0];
  const first = memory.word(pointers) ?? 0;
  const last = memory.word(pointers + (count - 1) * WORD_BYTES) ?? 0;
  const bytes = memory.string(last, MOST_STRING_BYTES);
  return [first, last + (bytes?.length ?? 0) + 1];
}
