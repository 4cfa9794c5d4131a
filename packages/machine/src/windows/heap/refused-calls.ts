/** Calls that a heap of ours behind the system's functions cannot answer; each is named once. */
import type { CallWatch } from '../call-watch.ts';
import type { SystemFunction } from '../system-function.ts';

const REFUSED: ReadonlySet<string> = new Set(['HeapWalk', 'RtlWalkHeap']);

export class RefusedCalls implements CallWatch {
  private readonly tell: (name: string) => void;
  private readonly told = new Set<string>();

  constructor(tell: (name: string) => void) {
    this.tell = tell;
  }

  wants(row: SystemFunction): boolean {
    return REFUSED.has(row.name);
  }

  enter(_call: unknown, { name }: SystemFunction): ReturnType<CallWatch['enter']> {
    if (!this.told.has(name)) this.tell(name);
    this.told.add(name);
    return () => undefined;
  }
}
