/** Which platform a program is for, and what a request means there. */
import { realpathSync } from 'node:fs';
import { basename, relative } from 'node:path';
import type { LoadPlan } from '@bareheap/image';
import type { HeapCall } from '@bareheap/inspect';
import type {
  CpuFactory,
  FilterResult,
  Firmware,
  FirmwareOptions,
  Guest,
  HostPort,
  HostTree,
  LinuxMachine,
  LinuxOptions,
  TraceOptions,
  WindowsMachine,
  WindowsOptions,
} from '@bareheap/machine';

import type { Platform, RunRequest } from './command-line.ts';
import type { Demangle } from './demangler.ts';
import { quoted } from './quantity.ts';
import { UsageError } from './usage-error.ts';

/** What this command asks of a machine: `demangle` is how stacks name functions. */
export interface RunOptions extends FirmwareOptions {
  readonly demangle?: Demangle;
}

/** The machines, by platform, loaded when one is needed. */
export interface Machines {
  readonly loadFirmware: () => Promise<{
    readonly openFirmware: (plan: LoadPlan, options: RunOptions, host: HostPort) => Firmware;
  }>;
  readonly loadLinux: () => Promise<LinuxMachine>;
  readonly loadWindows: () => Promise<WindowsMachine>;
}

/** A guest's memory when nothing is said: what boards here need, twice; room for a large program. */
const DEFAULT_MEMORY_BYTES: Readonly<Record<Platform, number>> = {
  static: 256 * 2 ** 20,
  posix: 2 ** 31,
  win: 2 ** 31,
};
/** The environment of a Linux program: nothing of the host's. */
const ENVIRONMENT = ['PATH=/usr/local/bin:/usr/bin:/bin', 'HOME=/'];

/** What is known of a program and of the run that is asked for. */
export interface Opening {
  readonly request: RunRequest;
  readonly plan: LoadPlan;
  readonly bytes: Uint8Array;
  readonly host: HostPort;
  readonly demangle: Demangle | null;
  readonly cpu: CpuFactory | null;
  /** The root's folder on the host, resolved; null without one. */
  readonly root: string | null;
  /** What the guest sees as its root. */
  readonly tree: HostTree | null;
  readonly onHeapCall: ((call: HeapCall) => void) | null;
  /** Milliseconds from some start. */
  readonly now: () => number;
  /** Says something of ours, a line. */
  readonly say: (line: string) => void;
  /** Writes text of ours as it is. */
  readonly write: (text: string) => void;
}

/** @throws UsageError when the file is for another platform than the one asked for */
export function platformOf(request: RunRequest, plan: LoadPlan): Platform {
  const platform = platformOfPlan(plan);
  if (request.platform !== null && request.platform !== platform) {
    const what = PROGRAMS[platform];
    throw new UsageError(
      `${quoted(request.program)}: ${what}, it does not run on --platform ${request.platform}`,
    );
  }
  return platform;
}

const PROGRAMS: Readonly<Record<Platform, string>> = {
  static: 'a bare-metal program',
  posix: 'a Linux program',
  win: 'a Windows program',
};

function platformOfPlan({ format, machine }: LoadPlan): Platform {
  if (format === 'pe') return 'win';
  return machine === 'x86-64' ? 'posix' : 'static';
}

export function memoryBytesOf(request: RunRequest, platform: Platform): number {
  return request.memoryBytes ?? DEFAULT_MEMORY_BYTES[platform];
}

/** Firmware is loaded whole, so it must fit. @throws UsageError */
export function requireRoom(request: RunRequest, plan: LoadPlan, memoryBytes: number): void {
  if (platformOf(request, plan) !== 'static') return;
  const claimed = plan.segments.reduce((sum, { memorySize }) => sum + memorySize, 0);
  if (claimed <= memoryBytes) return;
  throw new UsageError(
    `${quoted(request.program)}: segments of ${claimed} bytes; the limit is ${memoryBytes} in all (--memory)`,
  );
}

/** What there is nothing to tell of or to give to on a platform: whether it is asked for, and why not. */
type Refusal = readonly [(request: RunRequest) => boolean, string];

/** What only a board has. */
const BARE_METAL_ONLY: readonly Refusal[] = [
  [({ board }) => board !== null, '--machine: boards are for bare-metal programs'],
  [
    ({ heapSizeBytes }) => heapSizeBytes !== null,
    '--heap-size: only the heap of a bare-metal program has a fixed size',
  ],
];

const REFUSALS: Readonly<Record<Platform, readonly Refusal[]>> = {
  static: [
    [({ strace }) => strace !== null, '--strace: bare-metal programs make no system calls'],
    [
      ({ counts }) => counts,
      '-c: bare-metal programs make no system calls; --stats has semihosting',
    ],
    [({ environment }) => environment.length > 0, '--env: bare-metal programs have no environment'],
  ],
  posix: BARE_METAL_ONLY,
  win: BARE_METAL_ONLY,
};

/** @throws UsageError */
function requireMeaning(request: RunRequest, platform: Platform): void {
  const refused = REFUSALS[platform].find(([isAsked]) => isAsked(request));
  if (refused !== undefined) throw new UsageError(refused[1]);
}

/** @throws MachineError, UsageError */
export async function openGuest(opening: Opening, machines: Machines): Promise<Guest> {
  const { plan, request, host } = opening;
  const platform = platformOf(request, plan);
  requireMeaning(request, platform);
  switch (platform) {
    case 'posix': {
      const { openLinux, traceFilter } = await machines.loadLinux();
      return openLinux(plan, linuxOptions(opening, traceFilter), host);
    }
    case 'win': {
      const { openWindows, traceFilter } = await machines.loadWindows();
      return openWindows(plan, windowsOptions(opening, traceFilter), host);
    }
    case 'static': {
      const { openFirmware } = await machines.loadFirmware();
      return openFirmware(plan, firmwareOptions(opening), host);
    }
  }
}

function firmwareOptions({ request, demangle, onHeapCall, cpu }: Opening): RunOptions {
  const program = basename(request.program);
  return {
    program,
    heap: request.heap,
    memoryBytes: memoryBytesOf(request, 'static'),
    commandLine: [program, ...(request.args ?? [])].join(' '),
    seed: request.seed,
    ...(request.board === null ? {} : { board: request.board }),
    ...(request.heapSizeBytes === null ? {} : { heapSizeBytes: request.heapSizeBytes }),
    ...(onHeapCall === null ? {} : { onHeapCall }),
    ...(demangle === null ? {} : { demangle }),
    ...(cpu === null ? {} : { cpu }),
  };
}

function windowsOptions(opening: Opening, filterOf: FilterOf): WindowsOptions {
  const { request, onHeapCall, cpu, demangle, write } = opening;
  return {
    path: `C:${guestPathOf(request.program, opening.root)}`.replaceAll('/', '\\'),
    argv: (request.args ?? []).map(latin1),
    environment: request.environment.map(latin1),
    heap: request.heap,
    observesHeap: request.ltrace || request.stats || request.jsonFile !== null,
    memoryBytes: memoryBytesOf(request, 'win'),
    ...(opening.tree === null ? {} : { tree: opening.tree }),
    seed: request.seed,
    ...traceOf(request, write, filterOf),
    ...(request.stats ? { now: opening.now } : {}),
    ...(onHeapCall === null ? {} : { onHeapCall }),
    ...(demangle === null ? {} : { demangle }),
    ...(cpu === null ? {} : { cpu }),
  };
}

function linuxOptions(opening: Opening, filterOf: FilterOf): LinuxOptions {
  const { request, bytes, onHeapCall, cpu, demangle, say } = opening;
  const names = new Set(request.environment.map((entry) => entry.slice(0, entry.indexOf('='))));
  const defaults = ENVIRONMENT.filter((entry) => !names.has(entry.slice(0, entry.indexOf('='))));
  return {
    bytes,
    path: guestPathOf(request.program, opening.root),
    directory: guestDirectoryOf(opening.root),
    ...(opening.tree === null ? {} : { tree: opening.tree }),
    argv: [request.program, ...(request.args ?? [])].map(latin1),
    environment: [...defaults, ...request.environment].map(latin1),
    heap: request.heap,
    observesHeap: request.ltrace || request.stats || request.jsonFile !== null,
    memoryBytes: memoryBytesOf(request, 'posix'),
    seed: request.seed,
    onMissingCall: (name) => say(`system call ${name} is not implemented: ENOSYS`),
    ...traceOf(request, opening.write, filterOf),
    ...(request.stats ? { now: opening.now } : {}),
    ...(onHeapCall === null ? {} : { onHeapCall }),
    ...(demangle === null ? {} : { demangle }),
    ...(cpu === null ? {} : { cpu }),
  };
}

/** How a platform reads the words of `--strace`. */
type FilterOf = (text: string) => FilterResult;

/** `-c` counts what `--strace` would write. */
function traceOf(
  request: RunRequest,
  write: (text: string) => void,
  filterOf: FilterOf,
): { readonly trace?: TraceOptions } {
  if (request.strace === null && !request.counts) return {};
  const parsed = filterOf(request.strace ?? 'all');
  if (parsed.kind !== 'filter') {
    throw new UsageError(
      `--strace: no class of calls and no call of the program’s system is named ${quoted(parsed.word)}`,
    );
  }
  return { trace: { filter: parsed.filter, write: request.counts ? null : write } };
}

/** Where the guest sees its program: at its place in the root, or alone at `/`. */
function guestPathOf(program: string, root: string | null): string {
  const inside = root === null ? null : relative(root, realpathSync(program));
  const outside = inside === null || inside.startsWith('..') || inside === '';
  return latin1(`/${outside ? basename(program) : inside}`);
}

/** Where the guest starts: where we are, if that is in its root. */
function guestDirectoryOf(root: string | null): string {
  const inside = root === null ? '' : relative(root, process.cwd());
  return latin1(inside.startsWith('..') ? '/' : `/${inside}`);
}

/** A text with one character for each of its bytes in UTF-8, as guests have it. */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
