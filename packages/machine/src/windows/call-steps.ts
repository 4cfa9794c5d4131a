/**
 * What a system function does over time. Most return a number at once. One that calls back into the
 * program or waits is a generator: each step that it yields is done by the run loop, which goes on
 * with it later. So a function may wait or call from any depth of callbacks, on any thread.
 */

/** Calls a function of the program; the generator gets what it returned in RAX. */
export interface CallStep {
  readonly kind: 'call';
  readonly address: number;
  readonly arguments: readonly number[];
  /** Stack pointer below which the callback's frame goes; 0: below the function's own. */
  readonly below: number;
}

/** Waits until `until` is true, or virtual time is `deadline` (nanoseconds). */
export interface WaitStep {
  readonly kind: 'wait';
  readonly until: () => boolean;
  readonly deadline: number;
}

/** Goes on at once, when the run loop has looked at its limits: of work that may take long. */
export interface PauseStep {
  readonly kind: 'pause';
}

export type Step = CallStep | WaitStep | PauseStep;

export const PAUSE: PauseStep = { kind: 'pause' };

/** Gets results of calls; of a wait 1 when its condition came, 0 when its time did. */
export type Steps = Generator<Step, Result, number>;

/** The registers were replaced: nothing returns to the caller. */
export const TRANSFERRED: unique symbol = Symbol('transferred');

export type Result = number | bigint | typeof TRANSFERRED;
export type Answer = Result | Steps;

export function isSteps(answer: Answer): answer is Steps {
  return typeof answer === 'object';
}

export function callStep(address: number, ...parameters: readonly number[]): CallStep {
  return { kind: 'call', address, arguments: parameters, below: 0 };
}

/** The same for a function that keeps something on the stack, from `below` on. */
export function callBelow(
  below: number,
  address: number,
  ...parameters: readonly number[]
): CallStep {
  return { kind: 'call', address, arguments: parameters, below };
}
