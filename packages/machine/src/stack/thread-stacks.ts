/**
 * The shadow call stack through interrupts and context switches. A handler's frames go on top of
 * what it interrupted. Threads that run on a process stack of their own have each their own
 * frames, parked under their stack pointer while they do not run: so it is known which calls are a
 * thread's, whatever scheduler moved it.
 */
import type { Cpu, ShadowFrame } from '@bareheap/cpu';

interface Thread {
  /** Number of the activity: a thread, or one activation of a handler. */
  readonly context: number;
  readonly frames: readonly ShadowFrame[];
}

interface Activation {
  /** The activity that was interrupted. */
  readonly context: number;
  /** Shadow depth before the handler's frame. */
  readonly depth: number;
  /** Where the interrupted thread is parked, or -1 when its frames are below the handler's. */
  readonly parkedAt: number;
}

/** Threads that were deleted stay parked for good: so many are kept. */
const PARKED_LIMIT = 4096;

export class ThreadStacks {
  /** Number of the activity that runs now; another one is never the same call stack. */
  context = 0;
  private readonly cpu: Cpu;
  private contexts = 1;
  private readonly activations: Activation[] = [];
  private readonly parked = new Map<number, Thread>();
  /** Frames of the main stack, while a thread on a process stack runs. */
  private main: readonly ShadowFrame[] = [];

  constructor(cpu: Cpu) {
    this.cpu = cpu;
  }

  /** The calls that led here, innermost first, through handlers to the thread they interrupted. */
  frames(): ShadowFrame[] {
    const frames = this.cpu.shadowFrames();
    for (const { parkedAt } of this.activations.toReversed()) {
      const thread = parkedAt < 0 ? undefined : this.parked.get(parkedAt);
      if (thread !== undefined) return frames.concat(thread.frames);
    }
    return frames;
  }

  /**
   * A handler begins.
   *
   * @param frame         what it interrupted
   * @param processStack  the interrupted thread's stack pointer when that is its own, or -1
   */
  enter(frame: ShadowFrame, processStack: number): void {
    if (processStack >= 0) {
      this.park(processStack);
      this.resume(this.main);
    }
    const depth = this.cpu.shadowDepth;
    this.activations.push({ context: this.context, depth, parkedAt: processStack });
    this.context = this.contexts++;
    this.cpu.enterShadowFrame(frame);
  }

  /** A handler ends, and the thread whose stack pointer this is goes on; -1: what is below it. */
  leave(processStack: number): void {
    const activation = this.activations.pop();
    if (activation !== undefined) {
      this.cpu.truncateShadow(activation.depth);
      this.context = activation.context;
    }
    if (processStack < 0) return;
    this.main = this.cpu.shadowFrames();
    const thread = this.parked.get(processStack);
    this.parked.delete(processStack);
    this.context = thread?.context ?? this.contexts++;
    this.resume(thread?.frames ?? []);
  }

  private park(processStack: number): void {
    if (this.parked.size >= PARKED_LIMIT) this.parked.delete(this.parked.keys().next().value!);
    this.parked.set(processStack, { context: this.context, frames: this.cpu.shadowFrames() });
  }

  private resume(frames: readonly ShadowFrame[]): void {
    this.cpu.truncateShadow(0);
    for (const frame of frames.toReversed()) this.cpu.enterShadowFrame(frame);
  }
}
