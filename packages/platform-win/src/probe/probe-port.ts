/** What an operation of the probe's language has of the run it belongs to. */
import type { WinProcess } from '../win-process.ts';

export interface ProbePort {
  readonly process: WinProcess;
  readonly names: readonly { readonly name: string; readonly value: number }[];
  print(text: string): void;
  /** A heap that is checked when the program ends. */
  noteHeap(base: number): void;
  /** Calls a system function; an exception that it raises ends the statement. */
  call(name: string, ...words: number[]): number;
  /** Ends the statement when the access that was just made faulted. */
  mayHaveFaulted(): void;
  printError(): void;
  /** A result whose zero is a failure. */
  printResult(value: number): number;
  /** The address that a call placed memory at: only how it is aligned. */
  printPlaced(value: number): number;
  printBlock(value: number): number;
  /** An address as a distance from X or from the closest name below it. */
  addressText(value: number): string;
}
