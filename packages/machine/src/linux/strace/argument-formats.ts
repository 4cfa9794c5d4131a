/**
 * How each format of an argument is shown: one row a format of system-call.ts.
 * @table
 */
import type { ArgumentFormat } from '../system-call.ts';
import type { ArgumentText, CallView, ShownArgument } from './call-view.ts';
import * as file from './file-text.ts';
import * as tables from './flag-tables.ts';
import { choiceText, type FlagTable, flagsText, splitFlags } from './flag-text.ts';
import { futexOperation, futexValue } from './futex-text.ts';
import * as poll from './poll-text.ts';
import * as prctl from './prctl-text.ts';
import * as processes from './process-text.ts';
import {
  addressText,
  hexInt,
  hexWord,
  intText,
  octalText,
  signedText,
  unsignedText,
} from './scalar-text.ts';
import * as signals from './signal-text.ts';
import { ONE_ADDRESS, ONE_INT, ONE_WORD, structureIn, structureOut } from './structure-text.ts';
import * as terminal from './terminal-text.ts';
import * as time from './time-text.ts';

/** Shown before the call. */
export const early = (text: ArgumentText): ShownArgument => ({ text, late: false });
/** Shown when the call is over. */
export const late = (text: ArgumentText, when: ShownArgument['late'] = true): ShownArgument => ({
  text,
  late: when,
});
export const flags = (table: FlagTable): ShownArgument => early((word) => flagsText(word, table));
export const choice = (table: FlagTable): ShownArgument => early((word) => choiceText(word, table));

/** A type and flags: `MAP_PRIVATE|MAP_ANONYMOUS`, with what huge pages are asked for. */
function mapFlagsText(word: number): string {
  const [TYPE, HUGE_SHIFT, HUGE_MASK] = [0xf, 26, 0x3f];
  const all = word >>> 0;
  const huge = (all >>> HUGE_SHIFT) & HUGE_MASK;
  const bits = (all & ~(TYPE | (HUGE_MASK << HUGE_SHIFT))) >>> 0;
  const { known, rest } = splitFlags(bits, tables.MAP_FLAGS.names);
  const names = [choiceText(all & TYPE, tables.MAP_TYPES), ...known];
  if (rest !== 0) names.push(hexInt(rest));
  if (huge !== 0) names.push(`${huge}<<MAP_HUGE_SHIFT`);
  return names.join('|');
}

const isArchOutput = (call: CallView): boolean =>
  call.name === 'arch_prctl' && prctl.isArchOutput(call);

export const ARGUMENT_FORMATS: Readonly<Partial<Record<ArgumentFormat, ShownArgument>>> = {
  address: late(
    (word, call, at) =>
      call.name === 'arch_prctl' ? prctl.archArgument(word, call, at) : addressText(word),
    isArchOutput,
  ),
  size: early(unsignedText),
  offset: early(signedText),
  int: early(intText),
  descriptor: early(intText),
  process: early(intText),
  unsigned: early((word) => String(word >>> 0)),
  hex: early(hexWord),
  octal: early((word) => octalText(word)),
  path: early(file.pathIn),
  string: early(file.pathIn),
  directory: early(file.directory),
  'bytes-in': early(file.bytesIn),
  'bytes-out': late(file.bytesOut),
  'open-flags': early(file.openFlags),
  'at-flags': flags(tables.AT_FLAGS),
  mode: early(file.modeIn),
  'access-mode': flags(tables.ACCESS_MODES),
  whence: choice(tables.WHENCE),
  'stat-out': late(file.statOut),
  'statx-out': late(file.statxOut),
  'statx-mask': flags(tables.STATX_MASKS),
  'statfs-out': late(file.statfsOut),
  'dirents-out': late(file.direntsOut),
  'iovec-in': early(file.iovecIn),
  'iovec-out': late(file.iovecOut),
  'fcntl-command': choice(tables.FCNTL_COMMANDS),
  'fcntl-argument': late(file.fcntlArgument, file.isFcntlOutput),
  'ioctl-request': early(terminal.ioctlRequest),
  'ioctl-argument': late(terminal.ioctlArgument, terminal.isIoctlOutput),
  'pipe-out': late(file.descriptorPairOut),
  'pipe-flags': flags(tables.PIPE_FLAGS),
  'eventfd-flags': flags(tables.EVENTFD_FLAGS),
  'epoll-flags': flags(tables.EPOLL_FLAGS),
  'epoll-operation': choice(tables.EPOLL_OPERATIONS),
  'epoll-event-in': early(poll.epollEventIn),
  'epoll-events-out': late(poll.epollEventsOut),
  pollfds: early(poll.pollfdsIn),
  'fd-set': early(poll.fdSetIn),
  'timespec-in': early(time.timespecIn),
  'timespec-out': late(time.timespecOut),
  'timeval-in': early(time.timevalIn),
  'timeval-out': late(time.timevalOut),
  'itimerval-in': early(time.itimervalIn),
  'itimerval-out': late(time.itimervalOut),
  clock: choice(tables.CLOCKS),
  'clock-flags': flags(tables.CLOCK_FLAGS),
  signal: early(signals.signal),
  'signal-mask-how': choice(tables.MASK_CHANGES),
  'signal-set-in': early(signals.signalSetIn),
  'signal-set-out': late(signals.signalSetOut),
  'sigaction-in': early(signals.sigactionIn),
  'sigaction-out': late(signals.sigactionOut),
  'signal-stack-in': early(signals.signalStackIn),
  'signal-stack-out': late(signals.signalStackOut),
  'siginfo-in': early(signals.signalInfoIn),
  'siginfo-out': late(signals.signalInfoOut),
  strings: early(processes.stringsIn),
  environment: early(processes.environmentIn),
  'clone-flags': early((word) => processes.cloneFlagsText(word)),
  'clone-arguments': early(processes.cloneArguments),
  'wait-options': flags(tables.WAIT_OPTIONS),
  'wait-status-out': late(processes.waitStatusOut),
  'rusage-out': late(processes.rusageOut),
  'rusage-who': choice(tables.USAGES),
  'futex-operation': early(futexOperation),
  'futex-value': early(futexValue),
  'arch-prctl-code': early(prctl.archCode),
  'prctl-option': early(prctl.prctlOption),
  'uname-out': late(processes.unameOut),
  'sysinfo-out': late(processes.sysinfoOut),
  'times-out': late(time.timesOut),
  'random-flags': flags(tables.RANDOM_FLAGS),
  'robust-list': early(addressText),
  rseq: early(addressText),
  'capability-header': early(processes.capabilityHeader),
  'sched-param-out': late(structureOut(ONE_INT)),
  'cpu-set-out': late(processes.cpuSetOut),
  'int-out': late(structureOut(ONE_INT)),
  'words-out': late(structureOut(ONE_WORD)),
  'path-out': late(file.pathOut),
  prot: flags(tables.PROTECTION),
  'map-flags': early(mapFlagsText),
  'mremap-flags': flags(tables.MREMAP_FLAGS),
  advice: choice(tables.ADVICE),
  'mlock-flags': flags(tables.MLOCK_FLAGS),
  'mlockall-flags': flags(tables.MLOCKALL_FLAGS),
  'msync-flags': flags(tables.MSYNC_FLAGS),
  'pkey-rights': flags(tables.PKEY_RIGHTS),
  'membarrier-command': choice(tables.MEMBARRIER_COMMANDS),
  'memfd-flags': flags(tables.MEMFD_FLAGS),
  resource: choice(tables.RESOURCES),
  'rlimit-in': early(processes.rlimitIn),
  'rlimit-out': late(processes.rlimitOut),
  vector: late(file.residencyOut),
};

/** A number that points to one number. */
export const addressOut: ShownArgument = late(structureOut(ONE_ADDRESS));
export const wordIn: ShownArgument = early(structureIn(ONE_WORD));
export const intIn: ShownArgument = early(structureIn(ONE_INT));
