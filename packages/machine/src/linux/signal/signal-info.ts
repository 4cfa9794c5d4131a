/**
 * What a signal tells beside its number: siginfo_t, 128 bytes.
 *
 * ```
 *  0 si_signo   4 si_errno   8 si_code   12 padding
 * 16 kill, queue: pid, uid, value(8)   child: pid, uid, status, -, utime(8), stime(8)
 *    fault: address(8), lsb            timer: id, overrun, value(8)
 * ```
 *
 * @see include/uapi/asm-generic/siginfo.h
 */
import {
  SI_KERNEL,
  SI_TIMER,
  SIGBUS,
  SIGCHLD,
  SIGFPE,
  SIGILL,
  SIGSEGV,
  SIGSYS,
  SIGTRAP,
} from './signal-numbers.ts';

export const SIGNAL_INFO_BYTES = 128;

const HIGH = 2 ** 32;

export interface SignalInfo {
  readonly signal: number;
  /** Where it came from: si_code. */
  readonly code: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A timer's expiry, which counts those that came while it was not taken. */
export interface TimerInfo extends SignalInfo {
  readonly timer: number;
  readonly addOverrun: (count: number) => void;
}

/** The account of a child's end or stop. */
export interface ChildStatus {
  readonly process: number;
  readonly user: number;
  readonly code: number;
  readonly status: number;
  /** Clock ticks of 10 ms spent in the program and, on its behalf, in the kernel. */
  readonly userTicks: number;
  readonly systemTicks: number;
}

function make(signal: number, code: number, fill: (view: DataView) => void): SignalInfo {
  const bytes = new Uint8Array(SIGNAL_INFO_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signal, true);
  view.setInt32(8, code, true);
  fill(view);
  return { signal, code, bytes };
}

function setWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % HIGH, true);
  view.setInt32(at + 4, Math.floor(value / HIGH), true);
}

/** A signal that a process sent: kill, tkill. */
export function sentInfo(signal: number, code: number, process: number, user: number): SignalInfo {
  return make(signal, code, (view) => {
    view.setInt32(16, process, true);
    view.setInt32(20, user, true);
  });
}

/** A signal of the kernel's own with nothing to tell. */
export function kernelInfo(signal: number): SignalInfo {
  return make(signal, SI_KERNEL, () => undefined);
}

/** A signal for what an instruction did, with the address that it is about. */
export function faultInfo(signal: number, code: number, address: number): SignalInfo {
  return make(signal, code, (view) => setWord(view, 16, address));
}

export function childInfo(child: ChildStatus): SignalInfo {
  return make(SIGCHLD, child.code, (view) => {
    view.setInt32(16, child.process, true);
    view.setInt32(20, child.user, true);
    view.setInt32(24, child.status, true);
    setWord(view, 32, child.userTicks);
    setWord(view, 40, child.systemTicks);
  });
}

/**
 * A timer's expiry.
 *
 * @param value      the eight bytes that the timer's maker gave
 * @param onOverrun  told how many expiries it stands for beside its own
 */
export function timerInfo(
  signal: number,
  timer: number,
  value: Uint8Array,
  onOverrun: (overrun: number) => void,
): TimerInfo {
  const info = make(signal, SI_TIMER, (view) => view.setInt32(16, timer, true));
  info.bytes.set(value, 24);
  const view = new DataView(info.bytes.buffer);
  const addOverrun = (count: number): void => {
    const overrun = Math.min(0x7fffffff, view.getInt32(20, true) + count);
    view.setInt32(20, overrun, true);
    onOverrun(overrun);
  };
  return { ...info, timer, addOverrun };
}

export function isTimerInfo(info: SignalInfo): info is TimerInfo {
  return 'timer' in info;
}

/** Bytes of a siginfo that the kernel keeps; the rest is zero for whoever gets it. */
const KEPT_BYTES = 48;
/** SI_DETHREAD and SI_ASYNCNL: the lowest of the codes below 0 that follow each other, and one more. */
const SI_DETHREAD = -7;
const SI_ASYNCNL = -60;
/** Codes above 0 by signal; those of other signals are SIGPOLL's. */
const MOST_CODES: ReadonlyMap<number, number> = new Map([
  [SIGILL, 11],
  [SIGFPE, 15],
  [SIGSEGV, 10],
  [SIGBUS, 5],
  [SIGTRAP, 6],
  [SIGCHLD, 6],
  [SIGSYS, 2],
]);
const POLL_CODES = 6;

function isKnownCode(signal: number, code: number): boolean {
  if (code === SI_KERNEL || code === SI_ASYNCNL) return true;
  return code > 0 ? code <= (MOST_CODES.get(signal) ?? POLL_CODES) : code >= SI_DETHREAD;
}

/**
 * What a program gave to rt_sigqueueinfo, as it is but for the signal; null when it says more than
 * the kernel keeps, with a code that the kernel does not know.
 */
export function queuedInfo(signal: number, bytes: Uint8Array): SignalInfo | null {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  view.setInt32(0, signal, true);
  const code = view.getInt32(8, true);
  const rest = copy.subarray(KEPT_BYTES);
  if (!isKnownCode(signal, code) && rest.some((byte) => byte !== 0)) return null;
  rest.fill(0);
  return { signal, code, bytes: copy };
}
