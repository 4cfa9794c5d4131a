/** Signals, sets of them, and what is told with them. */
import { SIGNALS } from '../signal/signal-numbers.ts';
import { type ArgumentText, Fields, isFailed, type TraceMemory } from './call-view.ts';
import * as tables from './flag-tables.ts';
import { choiceText, type FlagTable, flagsText, nameOf } from './flag-text.ts';
import { addressText, hexWord } from './scalar-text.ts';
import { type StructureFormat, structureAt, structureIn, structureOut } from './structure-text.ts';
import { ticksText } from './time-text.ts';

const SIGNAL_COUNT = 64;
const SIGRTMIN = 32;
const SIGCHLD = 17;
const SA_RESTORER = 0x04000000;

const NAMES: ReadonlyMap<number, string> = new Map(
  SIGNALS.map(({ name, number }) => [number, name]),
);

/** `SIGINT`, `SIGRTMIN`, `SIGRT_1`; a number that is no signal as it is. */
export function signalName(signal: number): string {
  if (signal === SIGRTMIN) return 'SIGRTMIN';
  if (signal > SIGRTMIN && signal <= SIGNAL_COUNT) return `SIGRT_${signal - SIGRTMIN}`;
  return NAMES.get(signal) ?? String(signal);
}

export const signal: ArgumentText = (word) => signalName(word | 0);

/** `[INT CHLD]`, or `~[…]` of what is missing when more than half are there. */
export function signalSetOf(bytes: Uint8Array): string {
  const present: number[] = [];
  const absent: number[] = [];
  const total = Math.min(SIGNAL_COUNT, bytes.length * 8);
  for (let number = 1; number <= total; number++) {
    const bit = number - 1;
    const isIn = (bytes[bit >> 3]! & (1 << (bit & 7))) !== 0;
    (isIn ? present : absent).push(number);
  }
  // strace counts in words of 32 bits: more than two thirds of them make it say what is missing.
  const isMost = present.length >= (total * 2) / 3;
  const names = (isMost ? absent : present).map((number) => signalName(number).slice(3));
  return `${isMost ? '~' : ''}[${names.join(' ')}]`;
}

export function signalSetText(address: number, size: number, memory: TraceMemory): string {
  if (address === 0) return 'NULL';
  const bytes = size > 0 && size <= 8 ? memory.read(address, size) : null;
  return bytes === null ? addressText(address) : signalSetOf(bytes);
}

export const signalSetIn: ArgumentText = (word, call) => signalSetText(word, 8, call.memory);
export const signalSetOut: ArgumentText = (word, call) =>
  isFailed(call) ? addressText(word) : signalSetText(word, 8, call.memory);

function handlerText(address: number): string {
  if (address === 0) return 'SIG_DFL';
  if (address === 1) return 'SIG_IGN';
  return addressText(address);
}

/** The kernel's struct: handler, flags, restorer, mask. */
const SIGACTION: StructureFormat = {
  bytes: 32,
  text: (fields) => {
    const flags = fields.word(8);
    const restorer = addressText(fields.word(16));
    return [
      `{sa_handler=${handlerText(fields.word(0))}`,
      `sa_mask=${signalSetOf(fields.bytes.subarray(24))}`,
      `sa_flags=${flagsText(flags, tables.ACTION_FLAGS)}`,
      ...((flags & SA_RESTORER) === 0 ? [] : [`sa_restorer=${restorer}`]),
    ].join(', ');
  },
};
const closed = (format: StructureFormat): StructureFormat => ({
  bytes: format.bytes,
  text: (fields) => `${format.text(fields)}}`,
});

export const sigactionIn: ArgumentText = structureIn(closed(SIGACTION));
export const sigactionOut: ArgumentText = structureOut(closed(SIGACTION));

const STACK: StructureFormat = {
  bytes: 24,
  text: (fields) =>
    [
      `{ss_sp=${addressText(fields.word(0))}`,
      `ss_flags=${flagsText(fields.i32(8), tables.STACK_FLAGS)}`,
      `ss_size=${fields.word(16)}}`,
    ].join(', '),
};
export const signalStackIn: ArgumentText = structureIn(STACK);
export const signalStackOut: ArgumentText = structureOut(STACK);

/** Which codes a signal of the processor's or the kernel's has. */
const CODES: Readonly<Record<string, FlagTable>> = {
  SIGILL: tables.ILL_CODES,
  SIGFPE: tables.FPE_CODES,
  SIGSEGV: tables.SEGV_CODES,
  SIGBUS: tables.BUS_CODES,
  SIGTRAP: tables.TRAP_CODES,
  SIGCHLD: tables.CHILD_CODES,
};

/** `{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}` of a siginfo_t's 128 bytes. */
export function signalInfoText(bytes: Uint8Array): string {
  const fields = new Fields(bytes);
  const number = fields.i32(0);
  const name = signalName(number);
  if (number === 0) return '{}';
  const code = fields.i32(8);
  const error = fields.i32(4);
  const own = CODES[name];
  const general = nameOf(code, tables.SIGNAL_CODES);
  const codeText = general ?? choiceText(code, own ?? tables.SIGNAL_CODES);
  return `{${[
    `si_signo=${name}`,
    `si_code=${codeText}`,
    ...(error === 0 ? [] : [`si_errno=${error}`]),
    ...signalDetails(fields, name, code, general !== null),
  ].join(', ')}}`;
}

function signalDetails(fields: Fields, name: string, code: number, isGeneral: boolean): string[] {
  const SI_TIMER = -2;
  const SI_QUEUE = -1;
  const SI_KERNEL = 0x80;
  if (!isGeneral && name === signalName(SIGCHLD)) return childDetails(fields, code);
  if (!isGeneral && CODES[name] !== undefined) return [`si_addr=${addressText(fields.word(16))}`];
  if (code === SI_KERNEL) return name in CODES ? [`si_addr=${addressText(fields.word(16))}`] : [];
  const value = [`si_int=${fields.i32(24)}`, `si_ptr=${addressText(fields.word(24))}`];
  if (code === SI_TIMER) {
    return [`si_timerid=${hexWord(fields.u32(16))}`, `si_overrun=${fields.i32(20)}`, ...value];
  }
  const sender = [`si_pid=${fields.i32(16)}`, `si_uid=${fields.u32(20)}`];
  return code === SI_QUEUE ? [...sender, ...value] : sender;
}

function childDetails(fields: Fields, code: number): string[] {
  const CLD_EXITED = 1;
  const status = fields.i32(24);
  return [
    `si_pid=${fields.i32(16)}`,
    `si_uid=${fields.u32(20)}`,
    `si_status=${code === CLD_EXITED ? status : signalName(status)}`,
    `si_utime=${ticksText(fields.word(32))}`,
    `si_stime=${ticksText(fields.word(40))}`,
  ];
}

const SIGINFO: StructureFormat = { bytes: 128, text: (fields) => signalInfoText(fields.bytes) };
export const signalInfoIn: ArgumentText = structureIn(SIGINFO);
export const signalInfoOut: ArgumentText = (word, call) =>
  isFailed(call) ? addressText(word) : structureAt(word, call.memory, SIGINFO);

/** How a timer tells its expiry. */
export const signalEventIn: ArgumentText = structureIn({
  bytes: 64,
  text: (fields) => {
    const value = `{sival_int=${fields.i32(0)}, sival_ptr=${addressText(fields.word(0))}}`;
    const notify = choiceText(fields.i32(12), tables.SIGNAL_NOTICES);
    return `{sigev_value=${value}, sigev_signo=${signalName(fields.i32(8))}, sigev_notify=${notify}}`;
  },
});
