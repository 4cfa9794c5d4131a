/**
 * One thread of a guest's process: what it waits for and, while another one runs, its registers.
 * Signals that are its own are kept in `signals`.
 */
import type { AddressSpace } from '@bareheap/platform-posix';
import { ThreadSignals } from '../signal/thread-signals.ts';
import { BLOCKED } from '../system-call.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { Process } from './process.ts';
import type { RegisterImage } from './register-image.ts';
import type { PendingCall } from './system-call-entry.ts';
import type { Waiter, WaitQueue } from './wait-queue.ts';

export type ThreadState = 'ready' | 'blocked' | 'stopped' | 'ended';

/**
 * What a signal does to a call that waits. `restart`: it is made again after a handler that asks
 * for that, else it fails with EINTR. `handler`: EINTR after every handler. `always`: EINTR even
 * where no handler ran. `never`: only SIGKILL ends it.
 */
export type Interruption = 'restart' | 'handler' | 'always' | 'never';

export class Thread implements Waiter {
  /** As gettid gives it; execve gives the thread that calls it its process's. */
  id: number;
  readonly process: Process;
  readonly signals: ThreadSignals = new ThreadSignals();
  /** The registers while the thread does not run; null while the engine holds them. */
  registers: RegisterImage | null = null;
  state: ThreadState = 'ready';
  /** The system call that waits. */
  pending: PendingCall | null = null;
  /** As /proc/…/comm has it, at most 15 bytes. */
  name: string;
  /** Cleared and woken when the thread ends; 0 for none. @see set_tid_address(2) */
  clearChildId = 0;
  /** Head of the list of robust futexes; 0 for none. */
  robustList = 0;
  /** How often the system call that waits was made before. */
  attempt = 0;
  /** When the call that waits gives up, ns of the guest's clock; infinite: never. */
  deadline: number = Number.POSITIVE_INFINITY;
  /** The deadline has passed: the call is made for the last time. */
  timedOut = false;
  /** What the call that waits keeps for its next attempt. */
  kept: unknown = null;
  /** Bytes that the call which waits has moved so far: its result when a signal ends it. */
  partial = 0;
  /** What a signal does to the call that waits; set before {@link block}. */
  interruption: Interruption = 'restart';
  /** Told when a handler's signal ends the call that waits, such as to store the time that is left. */
  onInterrupt: (() => void) | null = null;
  /** Told when the call that waits is over, whatever ended it. */
  onFinish: (() => void) | null = null;
  /** Nanoseconds that it ran: one an instruction. */
  cpuTime = 0;
  private beforeStop: 'ready' | 'blocked' = 'ready';
  private readonly queues: WaitQueue[] = [];

  constructor(id: number, process: Process, name: string) {
    this.id = id;
    this.process = process;
    this.name = name;
  }

  get memory(): GuestMemory {
    return this.process.memory;
  }

  get space(): AddressSpace {
    return this.process.space;
  }

  /**
   * Lets the thread wait until one of the queues is woken or a deadline passes; the call is then
   * made again from its start, with `attempt` counted up and the deadline kept. To be returned.
   *
   * @param deadline  ns of the guest's clock; taken at the first attempt only
   */
  block(queues: readonly WaitQueue[], deadline: number = Number.POSITIVE_INFINITY): number {
    if (this.attempt === 0) this.deadline = deadline;
    this.state = 'blocked';
    for (const queue of queues) {
      queue.add(this);
      this.queues.push(queue);
    }
    return BLOCKED;
  }

  wake(): void {
    if (this.state === 'blocked') this.state = 'ready';
    this.beforeStop = 'ready';
    this.leaveQueues();
  }

  /** Stops the thread, as SIGSTOP does, until {@link resume}; what it waits for goes on. */
  suspend(): void {
    if (this.state !== 'ready' && this.state !== 'blocked') return;
    this.beforeStop = this.state;
    this.state = 'stopped';
  }

  resume(): void {
    if (this.state === 'stopped') this.state = this.beforeStop;
  }

  /** Counts instructions that the thread ran. */
  charge(instructions: number): void {
    this.cpuTime += instructions;
    const { process } = this;
    process.cpuTime += instructions;
    process.timers.ownTime.fire(process.cpuTime);
  }

  /** A call is over, whatever its result: the next one starts afresh. */
  finishCall(): void {
    this.leaveQueues();
    this.onFinish?.();
    this.onFinish = null;
    this.attempt = 0;
    this.deadline = Number.POSITIVE_INFINITY;
    this.timedOut = false;
    this.kept = null;
    this.partial = 0;
    this.interruption = 'restart';
    this.onInterrupt = null;
    this.signals.finishCall();
  }

  private leaveQueues(): void {
    for (const queue of this.queues) queue.remove(this);
    this.queues.length = 0;
  }
}
