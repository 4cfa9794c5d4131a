/**
 * Makes the space that a program starts in: its segments, its dynamic loader, its stack. Addresses
 * are those of a Linux without address space randomisation.
 *
 * @see fs/binfmt_elf.c, arch/x86/mm/mmap.c of Linux 6.18
 */

import type { LoadPlan } from '@bareheap/image';
import { Mmu, PAGE_BYTES } from '@bareheap/mmu';
import {
  type AddressSpace,
  isError,
  makeAddressSpace,
  ResourceLimits,
} from '@bareheap/platform-posix';
import { ENOENT, ENOMEM } from '../file/errno.ts';
import { mapVdso } from '../vdso/vdso-mapping.ts';
import { imageEnd, loadHeaders, mapElf, type Placement } from './elf-mapping.ts';
import { GuestMemory } from './guest-memory.ts';
import { AT, writeInitialStack } from './initial-stack.ts';
import type { Kernel } from './kernel.ts';
import { type ProgramFile, parseProgram } from './program-file.ts';

/** End of the stack, STACK_TOP. */
const STACK_END = 2 ** 47 - PAGE_BYTES;
/** Where a position-independent program with a loader goes: two thirds of the space. */
const PROGRAM_BASE = 0x555555554000;
/** Where the break of a program that is its own loader begins. */
const STATIC_PIE_BREAK = 0x555555555000;
/** Bytes that the stack has below what execve put there. */
const STACK_EXPANSION = 128 << 10;
/** Below the stack, room that mappings leave it: RLIMIT_STACK and a gap, 128 MiB at least. */
const LEAST_GAP = 128 << 20;
const RLIMIT_STACK = 3;
const STACK_PAD = 256 * PAGE_BYTES;
/** CPUID leaf 1, EDX: what AT_HWCAP repeats. */
const CPUID_EDX = 3;
const HWCAP2_FSGSBASE = 2;
const PROGRAM_HEADER_BYTES = 56;

const ENOEXEC = 8;

/** What a program is started with. */
export interface ProgramStart {
  readonly program: ProgramFile;
  readonly plan: LoadPlan;
  /** The path as execve was given it. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  /** Finds the dynamic loader that the program asks for. */
  readonly openLoader: (path: string) => ProgramFile | number;
  readonly limits?: ResourceLimits;
}

/** A program ready to run. */
export interface StartedProgram {
  readonly space: AddressSpace;
  readonly entry: number;
  readonly stackPointer: number;
  /** What was added to the program's own addresses. */
  readonly bias: number;
  readonly loader: {
    readonly program: ProgramFile;
    readonly plan: LoadPlan;
    readonly bias: number;
  } | null;
}

/** Loads a program into a new space, or a negative error number. */
export function startProgram(kernel: Kernel, start: ProgramStart): StartedProgram | number {
  const { plan } = start;
  if (plan.machine !== 'x86-64' || plan.entry === null) return -ENOEXEC;
  const placement = placementOf(plan);
  const limits = start.limits ?? new ResourceLimits();
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 0, pool: kernel.pool });
  const space = makeAddressSpace({
    mmu,
    limits,
    profile: kernel.profile,
    breakStart: breakOf(plan, placement),
    mmapBase: mmapBaseOf(limits),
    stackStart: STACK_END - PAGE_BYTES,
    dataBytes: dataBytesOf(plan),
  });
  const started = fill(kernel, space, start, placement);
  if (typeof started === 'number') space.dispose();
  return started;
}

function placementOf(plan: LoadPlan): Placement {
  if (plan.type === 'executable') return { kind: 'biased', bias: 0 };
  if (plan.interpreter === null) return { kind: 'anywhere' };
  const headers = loadHeaders(plan);
  const align = Math.max(PAGE_BYTES, ...headers.map((header) => header.align));
  const first = headers[0]!.virtualAddress;
  const bias = PROGRAM_BASE - (first - (first % PAGE_BYTES));
  return { kind: 'biased', bias: bias - (bias % align) };
}

function breakOf(plan: LoadPlan, placement: Placement): number {
  if (placement.kind === 'anywhere') return STATIC_PIE_BREAK;
  return Math.ceil((placement.bias + imageEnd(plan)) / PAGE_BYTES) * PAGE_BYTES;
}

function mmapBaseOf(limits: ResourceLimits): number {
  const wanted = limits.soft(RLIMIT_STACK) + STACK_PAD;
  const gap = Math.min(Math.max(wanted, LEAST_GAP), Math.floor((STACK_END / 6) * 5));
  return STACK_END - Math.ceil(gap / PAGE_BYTES) * PAGE_BYTES;
}

function dataBytesOf(plan: LoadPlan): number {
  return loadHeaders(plan).reduce(
    (sum, { flags, fileSize }) => sum + ((flags & 2) === 0 ? 0 : fileSize),
    0,
  );
}

function fill(
  kernel: Kernel,
  space: AddressSpace,
  start: ProgramStart,
  placement: Placement,
): StartedProgram | number {
  const { plan, program } = start;
  // The kernel has the strings on the stack before it maps anything.
  space.installStack(STACK_END - stackBytes(start), STACK_END);
  const mapped = mapElf(space, program, plan, placement);
  if (typeof mapped === 'number') return mapped;
  const loader = mapLoader(space, start);
  if (typeof loader === 'number') return loader;
  const vdso = mapVdso(space, kernel.vdso);
  if (isError(vdso)) return vdso;
  const random = new Uint8Array(16);
  kernel.random(random);
  const entry = mapped.bias + plan.entry!;
  const stack = writeInitialStack(new GuestMemory(space.mmu), STACK_END, {
    path: start.path,
    argv: start.argv,
    environment: start.environment,
    auxiliary: auxiliaryOf(kernel, plan, mapped.bias, loader?.bias ?? 0, entry, vdso),
    random,
  });
  if (stack === null) return -ENOMEM;
  return {
    space,
    entry: loader === null ? entry : loader.bias + loader.plan.entry!,
    stackPointer: stack.stackPointer,
    bias: mapped.bias,
    loader,
  };
}

function stackBytes({ path, argv, environment }: ProgramStart): number {
  const strings = [path, ...argv, ...environment];
  const bytes = strings.reduce((sum, text) => sum + text.length + 1, 8);
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES + STACK_EXPANSION;
}

/** Maps the dynamic loader; null when the program asks for none. */
function mapLoader(space: AddressSpace, start: ProgramStart): StartedProgram['loader'] | number {
  const { interpreter } = start.plan;
  if (interpreter === null) return null;
  const program = start.openLoader(interpreter);
  if (typeof program === 'number') return program;
  const plan = parseProgram(program);
  if (plan.machine !== 'x86-64' || plan.entry === null) return -ENOEXEC;
  const fixed = plan.type === 'executable';
  const mapped = mapElf(
    space,
    program,
    plan,
    fixed ? { kind: 'biased', bias: 0 } : { kind: 'anywhere' },
  );
  if (typeof mapped === 'number') return isError(mapped) ? mapped : -ENOENT;
  return { program, plan, bias: mapped.bias };
}

function auxiliaryOf(
  kernel: Kernel,
  plan: LoadPlan,
  bias: number,
  loaderBase: number,
  entry: number,
  vdso: number,
): (readonly [number, number])[] {
  const elf = plan.elf!;
  return [
    [AT.SYSINFO_EHDR, vdso],
    [AT.MINSIGSTKSZ, kernel.signalStackBytes],
    [AT.HWCAP, kernel.cpuid(1, 0)[CPUID_EDX]!],
    [AT.PAGESZ, PAGE_BYTES],
    [AT.CLKTCK, 100],
    [AT.PHDR, bias + headersAt(plan)],
    [AT.PHENT, PROGRAM_HEADER_BYTES],
    [AT.PHNUM, elf.programHeaders.length],
    [AT.BASE, loaderBase],
    [AT.FLAGS, 0],
    [AT.ENTRY, entry],
    [AT.UID, kernel.userId],
    [AT.EUID, kernel.userId],
    [AT.GID, kernel.groupId],
    [AT.EGID, kernel.groupId],
    [AT.SECURE, 0],
    [AT.HWCAP2, HWCAP2_FSGSBASE],
  ];
}

/** Address of the program header table: in the segment that has its place in the file. */
function headersAt(plan: LoadPlan): number {
  const offset = plan.elf!.programHeaderOffset;
  const holder = loadHeaders(plan).find(
    (header) => header.offset <= offset && offset < header.offset + header.fileSize,
  );
  return holder === undefined ? 0 : holder.virtualAddress + offset - holder.offset;
}
