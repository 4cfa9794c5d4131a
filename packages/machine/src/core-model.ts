/** What the run loop asks of a processor beyond its instructions: exceptions and interrupts. */
import type { StopReason } from '@bareheap/cpu';
import type { Trap } from '@bareheap/inspect';

/** What is to be done after a stop of the engine. */
export type StopOutcome =
  | { readonly kind: 'continue' }
  /** Wait for an interrupt. */
  | { readonly kind: 'wait' }
  /** A semihosting call, with the operation and its parameter. */
  | { readonly kind: 'semihosting' }
  /** The guest's handler was entered for a fault. */
  | { readonly kind: 'fault-taken'; readonly trap: Trap }
  /** Nothing of the guest's takes the fault: the run ends. */
  | { readonly kind: 'fault-unhandled'; readonly trap: Trap; readonly why: string };

export interface CoreModel {
  /** Sets registers, pc and state as a reset does. */
  reset(): void;
  /** Takes the most urgent interrupt when one is due; true when it did. */
  takePending(): boolean;
  /** Handles a trap or fault. */
  handle(stop: Extract<StopReason, { kind: 'trap' | 'fault' }>): StopOutcome;
  /** Whether something pending ends a wait. */
  wakes(): boolean;
  /** Sets the level of an interrupt line of the board. */
  setLine(interrupt: number, high: boolean): void;
  /** Registers: semihosting's operation and parameter; the operation's has the result. */
  readonly semihosting: readonly [operation: number, parameter: number];
  /** Goes past a semihosting call. */
  skipSemihosting(): void;
}
