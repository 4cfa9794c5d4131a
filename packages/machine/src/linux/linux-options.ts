/** How a Linux program is to be run. */

import type { HeapCall } from '@bareheap/inspect';
import type { CpuFactory, HeapChoice } from '../firmware-options.ts';
import type { HostTree } from '../host-tree.ts';
import type { TraceOptions } from '../trace-filter.ts';

export interface LinuxOptions {
  /** The program's file. */
  readonly bytes: Uint8Array;
  /** Its path as the guest sees it, absolute. */
  readonly path: string;
  /** What the guest sees as its root; none: an empty one. */
  readonly tree?: HostTree;
  /** Where it starts, an absolute path. */
  readonly directory: string;
  readonly argv: readonly string[];
  /** `NAME=value`. */
  readonly environment: readonly string[];
  readonly heap: HeapChoice;
  /** Heap calls are to be seen where the guest's own heap serves them: each stops the engine. */
  readonly observesHeap: boolean;
  /** Most bytes of guest memory that may be in use at once. */
  readonly memoryBytes: number;
  readonly seed: number;
  /** How stacks name functions; default: as the file does. */
  readonly demangle?: (name: string) => string;
  /** Default: the JIT. */
  readonly cpu?: CpuFactory;
  /** Milliseconds from some start, where the time that translating takes is to be told. */
  readonly now?: () => number;
  readonly onHeapCall?: (call: HeapCall) => void;
  /** What is told of its system calls. */
  readonly trace?: TraceOptions;
  /** Told the name of a system call that is not there, once a name. */
  readonly onMissingCall?: (name: string) => void;
}
