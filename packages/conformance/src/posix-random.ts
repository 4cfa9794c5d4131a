/**
 * Random programs of memory calls, for the kernel and the model to run alike. All addresses lie in
 * a few pages below M, where mappings without an address go too, and just above B, so that calls
 * meet what earlier ones made. A seed makes the same program for ever.
 */
import { Random } from './random.ts';

/** Pages below M that a program plays with; with room for the gap below a stack, now and then. */
const ARENAS: readonly number[] = [12, 24, 24, 64, 64, 700];
const BREAK_PAGES = 12;
const FILE_PAGES = 8;
const PROTECTIONS: readonly string[] = ['none', 'r', 'rw', 'rw', 'rw', 'w', 'x', 'rx', 'rwx'];
const ADVICE: readonly string[] = [
  'normal',
  'random',
  'sequential',
  'willneed',
  'dontneed',
  'dontneed',
  'dontneed',
  'free',
  'remove',
  'dontfork',
  'dofork',
  'hugepage',
  'nohugepage',
  'dontdump',
  'dodump',
  'wipeonfork',
  'keeponfork',
  'cold',
  'populate_read',
  'populate_write',
  'dontneed_locked',
  'guard_install',
  'guard_remove',
  'mergeable',
  'unmergeable',
  '5',
];

type Statement = (source: PosixSource) => string;

/** Draws what statements are made of. */
class PosixSource {
  readonly random: Random;
  readonly arenaPages: number;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.arenaPages = this.pick(ARENAS);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)]!;
  }

  /** Whether one of `count` cases came. */
  oneIn(count: number): boolean {
    return this.random.below(count) === 0;
  }

  page(): string {
    if (this.oneIn(8)) return `B+${this.random.below(BREAK_PAGES)}p`;
    return `M-${1 + this.random.below(this.arenaPages)}p`;
  }

  /** An address that is a page multiple but for one in forty. */
  address(): string {
    return this.oneIn(40) ? `${this.page()}+${1 + this.random.below(4095)}` : this.page();
  }

  byteAddress(): string {
    return `${this.page()}+${this.pick([0, 0, 1, 100, 4093, 4095])}`;
  }

  length(): string {
    if (this.oneIn(60)) return this.pick(['0', '-1', '-1p', '1', '2m']);
    if (this.oneIn(10)) return `${1 + this.random.below(8)}p-${1 + this.random.below(4000)}`;
    const most = this.oneIn(4) ? this.arenaPages : 6;
    return `${1 + this.random.below(most)}p`;
  }

  pagesLength(): string {
    return `${1 + this.random.below(5)}p`;
  }
}

function mmapStatement(s: PosixSource): string {
  const anonymous = !s.oneIn(4);
  const type = s.oneIn(30)
    ? s.pick(['0', 'validate', 'droppable'])
    : s.pick(['priv', 'priv', 'shared']);
  const extra = s.oneIn(3)
    ? `|${s.pick(['noreserve', 'growsdown', 'populate', 'locked', 'stack', 'noreplace', '0x200000'])}`
    : '';
  const fixed = s.oneIn(2) ? '|fixed' : '';
  const flags = `${type}${anonymous ? '|anon' : ''}${fixed}${extra}`;
  const hint = fixed === '' && s.oneIn(2) ? '0' : s.address();
  const length = anonymous ? s.length() : s.pagesLength();
  const file = anonymous ? '-1' : s.pick(['f', 'f', 'f', 'g', '99']);
  const offset = anonymous ? '0' : `${s.random.below(FILE_PAGES)}p`;
  return `mmap ${hint} ${length} ${s.pick(PROTECTIONS)} ${flags} ${file} ${offset}`;
}

function mremapStatement(s: PosixSource): string {
  const flags = s.pick([
    '0',
    'maymove',
    'maymove',
    'maymove|mfixed',
    'maymove|mfixed',
    'maymove|dontunmap',
    'maymove|mfixed|dontunmap',
    'mfixed',
  ]);
  const before = s.oneIn(12) ? '0' : s.pagesLength();
  const after = s.oneIn(3) ? before : s.pagesLength();
  return `mremap ${s.address()} ${before} ${after} ${flags} ${s.address()}`;
}

function adviceStatement(s: PosixSource): string {
  return `madvise ${s.address()} ${s.length()} ${s.pick(ADVICE)}`;
}

/** Statements with how often each comes, of a hundred or so. */
const STATEMENTS: readonly (readonly [number, Statement])[] = [
  [18, mmapStatement],
  [8, (s) => `munmap ${s.address()} ${s.length()}`],
  [1, (s) => `mmap 0 ${s.pick(['2m', '4m', '2m+4k'])} ${s.pick(PROTECTIONS)} priv|anon -1 0`],
  [2, (s) => `mmap ${s.page()} ${s.pagesLength()} rw priv|anon|growsdown|fixed -1 0`],
  [12, (s) => `mprotect ${s.address()} ${s.length()} ${s.pick(PROTECTIONS)}`],
  [1, (s) => `mprotect ${s.page()} ${s.pagesLength()} ${s.pick(PROTECTIONS)}|growsdown_prot`],
  [9, mremapStatement],
  [9, adviceStatement],
  [5, (s) => `brk B+${s.random.below(BREAK_PAGES)}p+${s.pick([0, 0, 1, 100, 4095])}`],
  [12, (s) => `set ${s.byteAddress()} ${s.random.below(256)} ${s.pick([1, 1, 4])}`],
  [10, (s) => `get ${s.byteAddress()} ${s.pick([1, 1, 4])}`],
  [3, (s) => `fill ${s.page()} ${s.pagesLength()} ${s.random.below(256)}`],
  [3, (s) => `sum ${s.page()} ${s.pagesLength()}`],
  [3, (s) => `res ${s.page()} ${s.pagesLength()}`],
  [2, (s) => `mlock ${s.byteAddress()} ${s.pagesLength()}`],
  [1, (s) => `mlock2 ${s.page()} ${s.pagesLength()} lock_onfault`],
  [2, (s) => `munlock ${s.byteAddress()} ${s.length()}`],
  [1, (s) => `msync ${s.address()} ${s.length()} ${s.pick(['async', 'syncflag', 'invalidate'])}`],
  [1, (s) => `trunc f ${s.random.below(FILE_PAGES + 1)}p+${s.pick([0, 0, 1, 100])}`],
  [1, (s) => `pread f ${s.byteAddress()} ${s.random.below(5000)} ${s.random.below(5000)}`],
  [1, (s) => `pwrite f ${s.byteAddress()} ${s.random.below(5000)} ${s.random.below(5000)}`],
  [1, (): string => 'locked_kib'],
  [2, (): string => 'sizes'],
  [2, (s) => `smaps M-${s.arenaPages + 16}p ${s.arenaPages + 16}p`],
  [2, (s) => `vmflags M-${s.arenaPages + 16}p ${s.arenaPages + 16}p`],
  [3, (s) => `maps M-${s.arenaPages + 16}p ${s.arenaPages + 16}p`],
];
const RARE: readonly Statement[] = [
  (s) => `mseal ${s.page()} ${s.pagesLength()} 0`,
  (): string => 'fork',
  (s) => `limit as S+${s.random.below(64)}p inf`,
  (s) => `limit data D+${s.random.below(32)}p inf`,
  (s) => `limit memlock ${s.random.below(16)}p 8m`,
  (s) => `mlockall ${s.pick(['future', 'future|onfault', 'current', 'current|onfault'])}`,
  (s) => `mincore ${s.page()} ${s.pagesLength()} ${s.byteAddress()}`,
  (): string => 'close f',
  (): string => 'f = memfd',
  (): string => 'munlockall',
  (s) => `limit rstack ${s.random.below(600)}p inf`,
];
const RARITY = 150;
const TOTAL = STATEMENTS.reduce((sum, [weight]) => sum + weight, 0);

function statement(s: PosixSource): string {
  if (s.oneIn(RARITY)) return s.pick(RARE)(s);
  let left = s.random.below(TOTAL);
  for (const [weight, make] of STATEMENTS) {
    left -= weight;
    if (left < 0) return make(s);
  }
  return 'sizes';
}

/** A program of so many calls, which ends with what all of it has become. */
export function randomPosixProgram(seed: number, length: number): string[] {
  const source = new PosixSource(seed);
  const program = ['f = memfd', `trunc f ${FILE_PAGES}p`, 'g = reopen f ro'];
  for (let index = 0; index < length; index++) program.push(statement(source));
  const all = source.arenaPages + 64;
  for (const what of ['maps', 'vmflags']) {
    program.push(`${what} M-${all}p ${all}p`, `${what} B ${BREAK_PAGES}p`);
  }
  program.push('sizes', 'locked_kib');
  const pages = Math.min(source.arenaPages, 64);
  for (let page = 1; page <= pages; page++) program.push(`sum M-${page}p 1p`);
  for (let page = 1; page <= pages; page++) program.push(`res M-${page}p 1p`);
  return program;
}

/** A number that stands for all that a program gave: FNV-1a over its lines. */
export function posixResultsHash(lines: readonly string[]): number {
  let hash = 2166136261;
  for (const line of lines) {
    for (let index = 0; index <= line.length; index++) {
      const code = index < line.length ? line.charCodeAt(index) : 10;
      hash = Math.imul(hash ^ code, 16777619);
    }
  }
  return hash >>> 0;
}

/** A program without statements that its difference does not need; `differs` runs many at once. */
export function shrinkPosixProgram(
  program: readonly string[],
  differs: (programs: readonly (readonly string[])[]) => readonly boolean[],
): readonly string[] {
  let best = program;
  for (let step = Math.ceil(best.length / 2); step >= 1; ) {
    const smaller: string[][] = [];
    for (let from = 0; from < best.length; from += step) {
      smaller.push([...best.slice(0, from), ...best.slice(from + step)]);
    }
    const found = smaller[differs(smaller).indexOf(true)];
    if (found !== undefined) best = found;
    else if (step === 1) break;
    else step = Math.ceil(step / 2);
  }
  return best;
}
