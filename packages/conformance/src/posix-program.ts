/**
 * Programs of memory calls, as text that the C probe runs on a real kernel and this runs on a
 * model. test/posix/probe.c describes the language and is the other implementation of it.
 */
import { POSIX_SYMBOLS } from './posix-symbols.ts';
import type { PosixMapping, PosixUnderTest } from './posix-under-test.ts';

const PAGE_BYTES = 4096;
/** Results of these are addresses. */
const ADDRESS_CALLS: ReadonlySet<string> = new Set(['mmap', 'mremap', 'brk']);
const SUFFIXES: Readonly<Record<string, number>> = {
  p: PAGE_BYTES,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
};
const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  '11/1': 'SEGV_MAPERR',
  '11/2': 'SEGV_ACCERR',
  '11/128': 'SI_KERNEL',
  '7/2': 'BUS_ADRERR',
};
const NEAR_BYTES = 2 ** 32;
const BELOW_BYTES = 2 ** 44;

type Operation = (run: PosixRun, words: readonly number[]) => string;

/** Runs one program, statement by statement. */
export class PosixRun {
  target: PosixUnderTest;
  /** Value of the last statement, for the name that it is given. */
  value = 0;
  private readonly names: Map<string, number> = new Map();
  private readonly first: { readonly total: number; readonly data: number };

  constructor(target: PosixUnderTest) {
    this.target = target;
    this.names.set('M', target.mmapEnd);
    this.names.set('B', target.breakStart);
    this.first = target.sizes();
    this.names.set('S', this.first.total * PAGE_BYTES);
    this.names.set('D', target.dataPages() * PAGE_BYTES);
  }

  /** Performs one statement; what it prints. */
  perform(statement: string): string {
    const words = statement.split(' ').filter((word) => word !== '');
    const name = words[1] === '=' ? words[0]! : null;
    const [operation, ...rest] = name === null ? words : words.slice(2);
    const values = rest.map((word) => this.evaluate(word));
    this.value = 0;
    const text = this.operate(operation!, values);
    if (name !== null) this.names.set(name, this.value);
    return text;
  }

  addressText(address: number): string {
    const { breakStart, mmapEnd } = this.target;
    if (address >= breakStart && address - breakStart < NEAR_BYTES) {
      return `B+0x${(address - breakStart).toString(16)}`;
    }
    if (address >= mmapEnd && address - mmapEnd < NEAR_BYTES) {
      return `M+0x${(address - mmapEnd).toString(16)}`;
    }
    if (address >= 0 && address < mmapEnd && mmapEnd - address < BELOW_BYTES) {
      return `M-0x${(mmapEnd - address).toString(16)}`;
    }
    return `0x${(address < 0 ? BigInt(address) + 2n ** 64n : BigInt(address)).toString(16)}`;
  }

  resultText(result: number, isAddress: boolean): string {
    if (result < 0 && result > -PAGE_BYTES) return this.target.errorName(result);
    return isAddress ? this.addressText(result) : String(result);
  }

  sizesText(): string {
    const { total, data } = this.target.sizes();
    return `size${signed(total - this.first.total)} data${signed(data - this.first.data)}`;
  }

  /** The signal that an access gave, or null. */
  signalText(): string | null {
    const { signal } = this.target;
    if (signal === null) return null;
    const name = SIGNAL_NAMES[`${signal.signal}/${signal.code}`] ?? 'signal';
    const cause = `trap ${signal.trap} error ${signal.error.toString(16)}`;
    return `${name} ${this.addressText(signal.address)} ${cause}`;
  }

  private operate(operation: string, values: readonly number[]): string {
    const own = OPERATIONS.get(operation);
    if (own !== undefined) return own(this, values);
    const result = this.target.call(operation, values);
    if (result === null) throw new Error(`unknown operation ${operation}`);
    this.value = result;
    return this.resultText(result, ADDRESS_CALLS.has(operation));
  }

  private evaluate(text: string): number {
    const parts = text.match(/[+|-]|[^+|-]+/g) ?? [];
    let value = 0;
    let operator = '+';
    for (const part of parts) {
      if (part.length === 1 && '+|-'.includes(part)) {
        operator = part;
        continue;
      }
      const right = this.term(part);
      if (operator === '+') value += right;
      else if (operator === '-') value -= right;
      else value = right === 0 ? value : value | right;
    }
    return value;
  }

  private term(text: string): number {
    const number = /^(0x[0-9a-f]+|\d+)([pkmg]?)$/.exec(text);
    if (number !== null) return Number(number[1]) * (SUFFIXES[number[2]!] ?? 1);
    const value = this.names.get(text) ?? POSIX_SYMBOLS[text];
    if (value === undefined) throw new Error(`unknown name ${text}`);
    return value;
  }
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}

function mappingsIn(run: PosixRun, from: number, length: number): readonly PosixMapping[] {
  const to = Math.min(from + length, run.target.mmapEnd);
  return run.target.mappings().filter(({ start, end }) => end > from && start < to);
}

function smapsText(run: PosixRun, from: number, length: number): string {
  const sums = { rss: 0, anonymous: 0 };
  for (const { memory } of mappingsIn(run, from, length)) {
    sums.rss += memory.rss;
    sums.anonymous += memory.anonymous;
  }
  return `rss ${sums.rss} anonymous ${sums.anonymous}`;
}

function mapsText(run: PosixRun, from: number, length: number): string {
  const lines = mappingsIn(run, from, length).map(({ start, end, protection, offset, name }) => {
    const pages = (end - start) / PAGE_BYTES;
    const at = offset === 0 ? '' : ` @${(offset / PAGE_BYTES).toString(16)}`;
    const kinds: Readonly<Record<string, boolean>> = {
      memfd: name.includes('/memfd:'),
      zero: name.includes('/dev/zero'),
      heap: name.includes('[heap]'),
    };
    const kind = Object.keys(kinds).find((key) => kinds[key]);
    return `${run.addressText(start)} ${pages} ${protection}${at}${kind ? ` ${kind}` : ''}`;
  });
  return lines.length === 0 ? 'empty' : lines.join(', ');
}

/** Bytes one by one, as the program reads them; null when one faulted. */
function eachByte(run: PosixRun, length: number, visit: (index: number) => void): string | null {
  for (let index = 0; index < length; index++) {
    visit(index);
    const signal = run.signalText();
    if (signal !== null) return signal;
  }
  return null;
}

function sumText(run: PosixRun, address: number, length: number): string {
  let hash = 2166136261;
  const signal = eachByte(run, length, (index) => {
    hash = Math.imul(hash ^ run.target.load(address + index, 1), 16777619);
  });
  return signal ?? (hash >>> 0).toString(16).padStart(8, '0');
}

function describe(run: PosixRun, result: number): string {
  run.value = result;
  return result < 0 ? run.resultText(result, false) : 'fd';
}

function limitText(run: PosixRun, resource: number): string {
  const limit = run.target.limit(resource);
  return typeof limit === 'number' ? run.resultText(limit, false) : limit.join(' ');
}

/** Operations that are no system call, or whose arguments are structures. */
const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    'get',
    (run, a): string => {
      const value = run.target.load(a[0]!, a[1] ?? 1);
      return run.signalText() ?? String(value);
    },
  ],
  [
    'set',
    (run, a): string => {
      run.target.store(a[0]!, a[2] ?? 1, a[1]!);
      return run.signalText() ?? 'ok';
    },
  ],
  [
    'run',
    (run, a): string => {
      run.target.execute(a[0]!);
      return run.signalText() ?? 'ok';
    },
  ],
  [
    'fill',
    (run, a): string =>
      eachByte(run, a[1]!, (index) => run.target.store(a[0]! + index, 1, a[2]!)) ?? 'ok',
  ],
  ['sum', (run, a): string => sumText(run, a[0]!, a[1]!)],
  ['maps', (run, a): string => mapsText(run, a[0]!, a[1]!)],
  [
    'res',
    (run, a): string => {
      const result = run.target.residency(a[0]!, a[1]!);
      return typeof result === 'string' ? result : run.resultText(result, false);
    },
  ],
  ['smaps', (run, a): string => smapsText(run, a[0]!, a[1]!)],
  [
    'vmflags',
    (run, a): string =>
      mappingsIn(run, a[0]!, a[1]!)
        .map(({ flags }) => flags)
        .join(',') || 'empty',
  ],
  ['locked_kib', (run): string => String(run.target.lockedKib())],
  ['sizes', (run): string => run.sizesText()],
  ['limit', (run, a): string => run.resultText(run.target.setLimit(a[0]!, a[1]!, a[2]!), false)],
  ['getlimit', (run, a): string => limitText(run, a[0]!)],
  ['memfd', (run): string => describe(run, run.target.openMemory())],
  ['reopen', (run, a): string => describe(run, run.target.reopen(a[0]!, a[1]!))],
  ['pipe', (run): string => describe(run, run.target.openPipe())],
  [
    'let',
    (run, a): string => {
      run.value = a[0]!;
      return 'ok';
    },
  ],
  [
    'fork',
    (run): string => {
      run.target = run.target.fork();
      return 'ok';
    },
  ],
]);

/** Runs a program; a line for each statement. */
export function runPosixProgram(
  statements: readonly string[],
  target: PosixUnderTest,
): readonly string[] {
  const run = new PosixRun(target);
  return statements.map((statement) => run.perform(statement));
}
