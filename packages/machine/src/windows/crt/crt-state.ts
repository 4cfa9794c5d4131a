/**
 * What the C library of a process keeps: its variables, which programs read in its memory, its open
 * files, and what is to be called at the end.
 */
import type { AddressSpace } from '../process/address-space.ts';
import { PAGE_READWRITE } from '../process/page-access.ts';
import type { ProcessMemory } from '../process/process-memory.ts';
import { CharacterTable } from './character-table.ts';
import { CrtEnvironment } from './crt-environment.ts';
import { DescriptorTable } from './descriptor-table.ts';
import type { Stream } from './stream.ts';

/** Bytes of the FILE structure of msvcrt. */
export const FILE_BYTES = 48;
/** Bytes of the text that _strerror gives out. */
export const ERROR_TEXT_BYTES = 256;
/** As many as _getmaxstdio tells of. */
export const FILES = 512;
const AREA_BYTES = 65_536;
const ERRNO_BYTES = 8;

/** Variables by name: their bytes. */
const VARIABLES: Readonly<Record<string, number>> = {
  __initenv: 8,
  __winitenv: 8,
  _acmdln: 8,
  _wcmdln: 8,
  _commode: 4,
  _fmode: 4,
  __argc: 4,
  __argv: 8,
  __wargv: 8,
  _environ: 8,
  _wenviron: 8,
  __mb_cur_max: 4,
  _HUGE: 8,
  _pctype: 8,
  _pwctype: 8,
  _pgmptr: 8,
  _wpgmptr: 8,
  _timezone: 4,
  _daylight: 4,
  _dstbias: 4,
  _tzname: 16,
  _osver: 4,
  _winver: 4,
  _winmajor: 4,
  _winminor: 4,
  _sys_nerr: 4,
  _doserrno: 4,
  _iob: FILE_BYTES * FILES,
};

export class CrtState {
  readonly descriptors: DescriptorTable = new DescriptorTable();
  readonly environment: CrtEnvironment = new CrtEnvironment(false);
  readonly wideEnvironment: CrtEnvironment = new CrtEnvironment(true);
  /** By the address of their FILE. */
  readonly streams: Map<number, Stream> = new Map<number, Stream>();
  /** Functions of atexit and _onexit, in the order in which they were given. */
  readonly exitFunctions: number[] = [];
  /** Handlers of signal, by number. */
  readonly signals: Map<number, number> = new Map<number, number>();
  /** Blocks of _aligned_malloc: the block that each lies in. */
  readonly alignedBlocks: Map<number, number> = new Map<number, number>();
  randomState = 1;
  /** Address that strtok goes on at. */
  tokenAt = 0;
  /** Where messages of the library's own would go: to standard error in a console program. */
  errorMode = 0;
  /** Flags of _set_abort_behavior. */
  abortBehaviour = 3;
  /** Whether programs asked for the universal C library: it reads more numbers. */
  isUniversal = false;
  /** Address of struct lconv, once it was asked for. */
  localeConventions = 0;
  isExiting = false;
  /** Address of the struct tm that gmtime and localtime give out. */
  readonly brokenTime: number;
  /** Address of the text that asctime and ctime give out. */
  readonly timeText: number;
  /** Address of the text that _strerror gives out, and of tmpnam's. */
  readonly errorText: number;
  readonly temporaryName: number;
  private readonly memory: ProcessMemory;
  private readonly addresses = new Map<string, number>();
  private readonly space: AddressSpace;
  private area: number;
  private used = 0;
  private readonly errnoAddresses = new Map<number, number>();
  private readonly texts = new Map<string, number>();

  constructor(space: AddressSpace, memory: ProcessMemory) {
    this.memory = memory;
    this.space = space;
    this.area = space.allocate(AREA_BYTES, PAGE_READWRITE);
    for (const [name, bytes] of Object.entries(VARIABLES)) {
      this.addresses.set(name, this.place(bytes));
    }
    this.brokenTime = this.place(48);
    this.timeText = this.place(64);
    this.errorText = this.place(ERROR_TEXT_BYTES);
    this.temporaryName = this.place(32);
    memory.setU32(this.variable('__mb_cur_max'), 1);
    memory.setF64(this.variable('_HUGE'), Number.POSITIVE_INFINITY);
    const table = CharacterTable.bytes();
    const at = this.place(table.length);
    memory.write(at, table);
    // Index -1, for EOF, is the table's first.
    memory.setU64(this.variable('_pctype'), at + 2);
    memory.setU64(this.variable('_pwctype'), at + 2);
  }

  /** Address of a variable; 0 when the library has none of that name. */
  variable(name: string): number {
    return this.addresses.get(name) ?? 0;
  }

  /** Address of a thread's errno. */
  errnoAddress(threadId: number): number {
    const known = this.errnoAddresses.get(threadId) ?? this.place(ERRNO_BYTES);
    this.errnoAddresses.set(threadId, known);
    return known;
  }

  /** Address of a constant text, the same each time. */
  textAddress(text: string): number {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    const at = this.place(text.length + 1);
    this.memory.setText(at, text);
    this.texts.set(text, at);
    return at;
  }

  /** Address of the FILE of a number; 0 when there are no more. */
  fileAddress(number: number): number {
    return number < FILES ? this.variable('_iob') + number * FILE_BYTES : 0;
  }

  /** Zeroed bytes that stay for good. */
  place(bytes: number): number {
    const size = Math.ceil(bytes / 16) * 16;
    if (this.used + size > AREA_BYTES) {
      this.area = this.space.allocate(Math.max(size, AREA_BYTES), PAGE_READWRITE);
      this.used = 0;
    }
    const at = this.area + this.used;
    this.used += size;
    return at;
  }
}
