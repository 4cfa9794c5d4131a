/**
 * The signals of Linux, with what each does to a process that says nothing about it.
 * @table
 * @see signal(7); include/linux/signal.h, "default action"
 */

export type DefaultAction = 'terminate' | 'core' | 'ignore' | 'stop' | 'continue';

export interface SignalRow {
  readonly name: string;
  readonly number: number;
  readonly action: DefaultAction;
}

export const SIGNALS: readonly SignalRow[] = [
  { name: 'SIGHUP', number: 1, action: 'terminate' },
  { name: 'SIGINT', number: 2, action: 'terminate' },
  { name: 'SIGQUIT', number: 3, action: 'core' },
  { name: 'SIGILL', number: 4, action: 'core' },
  { name: 'SIGTRAP', number: 5, action: 'core' },
  { name: 'SIGABRT', number: 6, action: 'core' },
  { name: 'SIGBUS', number: 7, action: 'core' },
  { name: 'SIGFPE', number: 8, action: 'core' },
  { name: 'SIGKILL', number: 9, action: 'terminate' },
  { name: 'SIGUSR1', number: 10, action: 'terminate' },
  { name: 'SIGSEGV', number: 11, action: 'core' },
  { name: 'SIGUSR2', number: 12, action: 'terminate' },
  { name: 'SIGPIPE', number: 13, action: 'terminate' },
  { name: 'SIGALRM', number: 14, action: 'terminate' },
  { name: 'SIGTERM', number: 15, action: 'terminate' },
  { name: 'SIGSTKFLT', number: 16, action: 'terminate' },
  { name: 'SIGCHLD', number: 17, action: 'ignore' },
  { name: 'SIGCONT', number: 18, action: 'continue' },
  { name: 'SIGSTOP', number: 19, action: 'stop' },
  { name: 'SIGTSTP', number: 20, action: 'stop' },
  { name: 'SIGTTIN', number: 21, action: 'stop' },
  { name: 'SIGTTOU', number: 22, action: 'stop' },
  { name: 'SIGURG', number: 23, action: 'ignore' },
  { name: 'SIGXCPU', number: 24, action: 'core' },
  { name: 'SIGXFSZ', number: 25, action: 'core' },
  { name: 'SIGVTALRM', number: 26, action: 'terminate' },
  { name: 'SIGPROF', number: 27, action: 'terminate' },
  { name: 'SIGWINCH', number: 28, action: 'ignore' },
  { name: 'SIGIO', number: 29, action: 'terminate' },
  { name: 'SIGPWR', number: 30, action: 'terminate' },
  { name: 'SIGSYS', number: 31, action: 'core' },
];

export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGSEGV = 11;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGXCPU = 24;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGSYS = 31;
/** The first of the real-time signals, which queue. */
export const SIGRTMIN = 32;
/** The last signal. */
export const SIGNAL_MAX = 64;

const ACTIONS: ReadonlyMap<number, DefaultAction> = new Map(
  SIGNALS.map(({ number, action }) => [number, action]),
);

/** What a signal does by default; a real-time one terminates. */
export function defaultAction(signal: number): DefaultAction {
  return ACTIONS.get(signal) ?? 'terminate';
}

/** Where si_code says that a signal came from. @see include/uapi/asm-generic/siginfo.h */
export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_TKILL = -6;
export const ILL_ILLOPN = 2;
export const FPE_INTDIV = 1;
export const FPE_FLTDIV = 3;
export const FPE_FLTOVF = 4;
export const FPE_FLTUND = 5;
export const FPE_FLTRES = 6;
export const FPE_FLTINV = 7;
export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;
export const CLD_STOPPED = 5;
export const CLD_CONTINUED = 6;

/** Flags of sigaction. @see include/uapi/asm-generic/signal-defs.h */
export const SA_NOCLDSTOP = 0x1;
export const SA_NOCLDWAIT = 0x2;
export const SA_SIGINFO = 0x4;
export const SA_EXPOSE_TAGBITS = 0x800;
export const SA_RESTORER = 0x04000000;
export const SA_ONSTACK = 0x08000000;
export const SA_RESTART = 0x10000000;
export const SA_NODEFER = 0x40000000;
export const SA_RESETHAND = 0x80000000;

/** Handlers that are none. */
export const SIG_DFL = 0;
export const SIG_IGN = 1;
