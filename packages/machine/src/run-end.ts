/** Why a run ended. */
import type { Finding } from '@bareheap/inspect';

/** Exit status of an unhandled fault: 128 + SIGSEGV. */
export const FAULT_CODE = 139;
/** Exit status when a limit ended the run, as timeout(1) has it. */
export const LIMIT_CODE = 124;

export type RunEnd =
  /** `code`: what the program gave; of a Windows program 32 bits. */
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'fault'; readonly code: number; readonly finding: Finding }
  /** An exception that nobody handled ended a Windows program; `code` is its 32 bits. */
  | { readonly kind: 'exception'; readonly code: number; readonly finding: Finding }
  /** A signal ended the program; `code` is 128 and its number, `signal` its name. */
  | { readonly kind: 'signal'; readonly code: number; readonly signal: string }
  /** `what`: which limit, or why nothing can happen any more, in one sentence. */
  | { readonly kind: 'limit'; readonly code: number; readonly what: string };

export interface RunLimits {
  /** Instructions since reset after which the run ends with `limit`. */
  readonly maxInstructions?: number;
  /**
   * Asked every few million instructions, of a Windows program also every few calls of its system;
   * true ends the run with `limit`.
   */
  readonly shouldStop?: () => boolean;
  /** Told every few million instructions. */
  readonly onProgress?: (instructions: number) => void;
}
