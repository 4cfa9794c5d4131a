/** One level of a guest's call stack. Stacks are arrays of these, innermost first. */
export interface StackFrame {
  /** Address of the instruction: the faulting one, or the call in each caller. */
  readonly pc: number;
  /** Name of the function, demangled; null where the file has no symbol. */
  readonly function: string | null;
  /** Bytes from the function's first instruction to `pc`. */
  readonly offset?: number;
  /** Source file, as the compiler wrote it; null without line information. */
  readonly file: string | null;
  readonly line: number | null;
  /** The file that the code is from, where there are several. */
  readonly module?: string;
}
