/** Rules and random programs of Linux's memory calls, for `@bareheap/conformance/posix`. */
export { PosixRun, runPosixProgram } from './posix-program.ts';
export { posixResultsHash, randomPosixProgram, shrinkPosixProgram } from './posix-random.ts';
export {
  hasPosixRule,
  type PosixCase,
  type PosixDifference,
  type PosixRow,
  type PosixRule,
  type PosixSystem,
  type PosixTruth,
  parsePosixRules,
  parsePosixTruth,
  posixProbeText,
  posixTable,
  runPosixRules,
} from './posix-rules.ts';
export type { PosixMapping, PosixSignal, PosixUnderTest } from './posix-under-test.ts';
