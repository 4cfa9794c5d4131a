/** How a Windows program is to be run. */
import type { HeapCall } from '@bareheap/inspect';
import type { CpuFactory, HeapChoice } from '../firmware-options.ts';
import type { HostTree } from '../host-tree.ts';
import type { TraceOptions } from '../trace-filter.ts';

export interface WindowsOptions {
  /** Path of the program as the guest sees it: `C:\hello.exe`. */
  readonly path: string;
  /** What main gets behind the program's own name. */
  readonly argv: readonly string[];
  /** `NAME=value`. */
  readonly environment: readonly string[];
  readonly heap: HeapChoice;
  /** Heap calls are to be seen where the system's own heap serves them: each stops the engine. */
  readonly observesHeap: boolean;
  /** Most bytes of guest memory that may be in use at once. */
  readonly memoryBytes: number;
  readonly seed: number;
  /** Default: the JIT. */
  readonly cpu?: CpuFactory;
  /**
   * The bytes of a library that the program asks for; null when there is none. Default: the file
   * beside the program, below the root.
   */
  readonly openLibrary?: (name: string) => Uint8Array | null;
  /** What the program sees as its root, for names and status of files. */
  readonly tree?: HostTree;
  /** Milliseconds from some start, where the time that translating takes is to be told. */
  readonly now?: () => number;
  /** How stacks name functions; default: as the file does. */
  readonly demangle?: (name: string) => string;
  readonly onHeapCall?: (call: HeapCall) => void;
  /** What is told of its calls of system functions. */
  readonly trace?: TraceOptions;
}
