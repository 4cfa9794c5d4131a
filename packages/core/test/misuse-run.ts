/** Runs programs of misuse on a debug heap and says what was found first, and where. */
import type { DebugHeap } from '../src/debug/debug.ts';
import type { DebugFinding } from '../src/debug/debug-finding.ts';
import type { DebugState } from '../src/debug/debug-state.ts';
import type { DebugSetup, MakeDebug } from './debug-setups.ts';
import type { MisuseProgram, MisuseStep } from './misuse-programs.ts';

interface Block {
  readonly address: number;
  readonly size: number;
  readonly align: number;
}

export interface MisuseOutcome {
  /** What was found first, and when; or `not found`. */
  readonly what: string;
  readonly finding: DebugFinding | null;
}

const BYTES_WRITTEN = 0x41;
const CALLS = { allocate: 'allocation', deallocate: 'free', reallocate: 'realloc', sweep: 'sweep' };

export class MisuseRun {
  readonly blocks: Map<string, Block> = new Map();
  private readonly setup: DebugSetup;
  private thread = 1;
  /** Token of the step that runs: the trace of its call. */
  private token = 0;

  /** @param frames  of each trace */
  constructor(make: MakeDebug, size: number, frames = 2) {
    const captureStack = (into: Uint32Array): number => {
      into[0] = this.token;
      into[1] = 0xbee;
      return into.length;
    };
    const currentThread = (): number => this.thread;
    this.setup = make(size, { captureStack, frames, currentThread });
  }

  get heap(): DebugHeap {
    return this.setup.heap;
  }

  /** Runs a program to its first finding; what is found at the end is found by a sweep. */
  run({ steps }: MisuseProgram): MisuseOutcome {
    for (const [nth, step] of steps.entries()) {
      this.token = 100 + nth;
      this.apply(step);
      if (this.setup.faults() > 0) return { what: 'page fault at the access', finding: null };
      const [finding] = this.heap.takeFindings();
      if (finding !== undefined) return this.outcome(finding);
    }
    this.heap.sweep();
    const found = this.heap.takeFindings()[0] ?? this.leak(steps);
    return found === undefined ? { what: 'not found', finding: null } : this.outcome(found);
  }

  private outcome(finding: DebugFinding): MisuseOutcome {
    const when = finding.kind === 'leak' ? 'end' : CALLS[finding.call];
    return { what: `${finding.kind} at the ${when}`, finding };
  }

  /** Programs that free something leave only what they leak; the others leave what they used. */
  private leak(steps: readonly MisuseStep[]): DebugFinding | undefined {
    const accesses = steps.some((step) => step.do === 'write' || step.do === 'read');
    return accesses ? undefined : this.heap.leaks()[0];
  }

  private apply(step: MisuseStep): void {
    if (step.do === 'allocate') this.allocate(step);
    else if (step.do === 'free') this.free(step);
    else if (step.do === 'reallocate') {
      const block = this.blocks.get(step.block)!;
      const { size = block.size, align = block.align } = step;
      this.heap.reallocate(block.address, size, align, step.to);
    } else if (step.do === 'poison') this.poison(step.what, this.blocks.get(step.block)!);
    else if (step.do === 'reuse') this.reuse(this.blocks.get(step.block)!);
    else if (step.do === 'thread') this.thread = step.thread;
    else this.access(step);
  }

  private allocate(step: Extract<MisuseStep, { do: 'allocate' }>): void {
    const { as, size, align = 8, count = 1 } = step;
    for (let nth = 0; nth < count; nth++) {
      const address = this.heap.allocate(size, align);
      this.blocks.set(nth + 1 === count ? as : `${as}${nth}`, { address, size, align });
    }
  }

  private free(step: Extract<MisuseStep, { do: 'free' }>): void {
    const known = typeof step.block === 'string' ? this.blocks.get(step.block)! : null;
    const address = (known?.address ?? (step.block as number)) + (step.at ?? 0);
    this.heap.deallocate(address, step.size ?? known?.size ?? 0, step.align ?? known?.align ?? 8);
  }

  private access(step: Extract<MisuseStep, { do: 'write' | 'read' }>): void {
    const { address, size } = this.blocks.get(step.block)!;
    const offset = address - this.setup.base + (step.at ?? size + step.past!);
    if (step.do === 'write') this.setup.memory.fill(offset, step.bytes, BYTES_WRITTEN);
    else this.setup.memory.load32(offset & ~3);
  }

  private poison(what: 'control' | 'map' | 'record', block: Block): void {
    const state = (this.heap as unknown as { state: DebugState }).state;
    const page = state.runAt(state.pageOf(block.address));
    const offsets = {
      control: state.control,
      map: state.control + state.geometry.mapAt + 8 * page,
      record: state.record(page, state.slotOf(page, block.address)),
    };
    this.setup.memory.fill(offsets[what], 8, BYTES_WRITTEN);
  }

  private reuse({ address, size, align }: Block): void {
    for (let round = 0; round < 100_000; round++) {
      const again = this.heap.allocate(size, align);
      if (again === address) return;
      this.heap.deallocate(again, size, align);
    }
    throw new Error('the address never came back');
  }
}
