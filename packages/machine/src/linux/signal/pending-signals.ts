/**
 * Signals that were sent and not taken yet, of one thread or of a whole process. A standard signal
 * is there once however often it was sent; real-time ones queue.
 */
import { isTimerInfo, type SignalInfo } from './signal-info.ts';
import { SI_USER, SIGRTMIN } from './signal-numbers.ts';
import { SignalSet } from './signal-set.ts';

/** SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE and SIGSYS: what instructions cause is taken first. */
const SYNCHRONOUS = SignalSet.of(4, 5, 7, 8, 11, 31);

export class PendingSignals {
  readonly set: SignalSet = new SignalSet();
  private queue: SignalInfo[] = [];

  get count(): number {
    return this.queue.length;
  }

  /** Adds a signal; false when it is a standard one that is there already. */
  add(info: SignalInfo): boolean {
    if (info.signal < SIGRTMIN && this.set.has(info.signal)) return false;
    this.set.add(info.signal);
    this.queue.push(info);
    return true;
  }

  /** Counts expiries of a timer whose last one is still here; false when it is not. */
  countOverrun(timer: number, count: number): boolean {
    const info = this.queue.find((queued) => isTimerInfo(queued) && queued.timer === timer);
    if (info === undefined || !isTimerInfo(info)) return false;
    info.addOverrun(count);
    return true;
  }

  /** Takes a signal that an instruction of this thread caused, unless it is in `blocked`. */
  takeSynchronous(blocked: SignalSet): SignalInfo | null {
    if (!this.set.meets(SYNCHRONOUS)) return null;
    const index = this.queue.findIndex(
      ({ signal, code }) => code > SI_USER && SYNCHRONOUS.has(signal) && !blocked.has(signal),
    );
    return index < 0 ? null : this.takeAt(index);
  }

  /** Takes the signal with the lowest number that is not in `blocked`, the oldest of its kind. */
  take(blocked: SignalSet): SignalInfo | null {
    const signal = this.set.without(blocked).first();
    if (signal === 0) return null;
    return this.takeAt(this.queue.findIndex((info) => info.signal === signal));
  }

  /** Drops what is pending of some signals. */
  drop(signals: SignalSet): void {
    if (!this.set.meets(signals)) return;
    this.queue = this.queue.filter(({ signal }) => !signals.has(signal));
    this.set.assign(this.set.without(signals));
  }

  private takeAt(index: number): SignalInfo {
    const [info] = this.queue.splice(index, 1);
    if (!this.queue.some(({ signal }) => signal === info!.signal)) this.set.remove(info!.signal);
    return info!;
  }
}
