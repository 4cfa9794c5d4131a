/**
 * Operations of the probe's language for the system's newer calls: where an allocation has to be,
 * ranges of pages, names of sections, lists of heaps.
 * @table
 */
import { MEM_RESERVE, PAGE_READWRITE } from '../win-constants.ts';
import { hexText, SCRATCH } from './probe-layout.ts';
import {
  BASE,
  BUFFER,
  hex32,
  type Perform,
  peek32,
  peek64,
  poke64,
  printRange,
  SELF,
  SIZE,
  setRange,
} from './probe-memory.ts';
import type { ProbePort } from './probe-port.ts';

/** An array of parameters, what they point to, an array of ranges, a text. */
const PARAMETERS = SCRATCH + 0x40;
const REQUIREMENTS = SCRATCH + 0x80;
const RANGES = SCRATCH + 0x100;
const RANGE_COUNT = 4;
const TEXT = SCRATCH + 0x200;
const ADDRESS_REQUIREMENTS = 1;

/** What a call prints that gives a status. */
const status =
  (name: string): Perform =>
  (run, a) => {
    const value = run.call(name, ...a);
    run.print(hex32(value));
    return value;
  };

function ntQueryRegion(run: ProbePort, [address, length]: readonly number[]): number {
  for (let at = 0; at < 48; at += 8) poke64(run, BUFFER + at, 0);
  const value = run.call('NtQueryVirtualMemory', SELF, address!, 3, BUFFER, length!, SIZE);
  run.print(hex32(value));
  if (value !== 0) return value;
  run.print(` ${hexText(peek64(run, SIZE))} ${run.addressText(peek64(run, BUFFER))}`);
  run.print(` ${hex32(peek32(run, BUFFER + 8))} ${hex32(peek32(run, BUFFER + 12))}`);
  run.print(` ${hexText(peek64(run, BUFFER + 16))} ${hexText(peek64(run, BUFFER + 24))}`);
  return value;
}

/** Writes parameters of one type with requirements: lowest, highest, alignment. */
function setParameters(run: ProbePort, type: number, requirements: readonly number[]): void {
  requirements.forEach((word, at) => {
    poke64(run, REQUIREMENTS + at * 8, word);
  });
  for (const at of [PARAMETERS, PARAMETERS + 16]) {
    poke64(run, at, type);
    poke64(run, at + 8, REQUIREMENTS);
  }
}

function virtualAlloc2(run: ProbePort, a: readonly number[]): number {
  setParameters(run, ADDRESS_REQUIREMENTS, a.slice(4));
  return run.printPlaced(run.call('VirtualAlloc2', SELF, ...a.slice(0, 4), PARAMETERS, 1));
}

function allocateEx(run: ProbePort, a: readonly number[], type: number, count: number): number {
  setParameters(run, type, a.slice(4));
  setRange(run, a[0]!, a[1]!);
  const parameters = count === 0 ? 0 : PARAMETERS;
  const words = [SELF, BASE, SIZE, a[2]!, a[3]!, parameters, count];
  return printRange(run, run.call('NtAllocateVirtualMemoryEx', ...words));
}

function ntAllocateParameters(run: ProbePort, [type, count]: readonly number[]): number {
  const words = [0, 0x10000, MEM_RESERVE, PAGE_READWRITE, 0, 0, 0];
  return allocateEx(run, words, type!, count!);
}

/** The same range some times over; its array's address, or 0 for a range at 0. */
function setRanges(run: ProbePort, address: number, size: number): number {
  for (let at = 0; at < RANGE_COUNT; at++) {
    poke64(run, RANGES + at * 16, address);
    poke64(run, RANGES + at * 16 + 8, size);
  }
  return address === 0 ? 0 : RANGES;
}

function prefetch(run: ProbePort, [count, address, size, flags]: readonly number[]): number {
  const ranges = setRanges(run, address!, size!);
  return run.printResult(run.call('PrefetchVirtualMemory', SELF, count!, ranges, flags!));
}

function ntSetInformation(run: ProbePort, a: readonly number[]): number {
  const ranges = setRanges(run, a[2]!, a[3]!);
  poke64(run, SIZE, a[4]!);
  const length = a[5]!;
  const words = [SELF, a[0]!, a[1]!, ranges, length === 0 ? 0 : SIZE, length];
  return status('NtSetInformationVirtualMemory')(run, words);
}

/** Writes a name by its number, from 100 on as one of the session; its address, or 0 for none. */
function setName(run: ProbePort, number: number, width: 1 | 2): number {
  const text = `${number >= 100 ? 'Local\\' : ''}probe section ${number % 100}\0`;
  [...text].forEach((letter, at) => {
    run.process.space.mmu.store(TEXT + at * width, width, letter.charCodeAt(0));
  });
  return number === 0 ? 0 : TEXT;
}

function printNamed(run: ProbePort, made: number): number {
  if (made === 0) return run.printResult(0);
  run.print(`made ${run.process.lastError >>> 0}`);
  return made;
}

const createNamed =
  (call: string, width: 1 | 2): Perform =>
  (run, [protection, size, name]) => {
    const text = setName(run, name!, width);
    return printNamed(run, run.call(call, -1, 0, protection!, 0, size!, text));
  };

function openNamed(run: ProbePort, [access, name]: readonly number[]): number {
  return printNamed(run, run.call('OpenFileMappingA', access!, 0, setName(run, name!, 1)));
}

function getProcessHeaps(run: ProbePort, [room]: readonly number[]): number {
  const count = run.call('GetProcessHeaps', room!, BUFFER);
  const own = run.call('GetProcessHeap');
  run.noteHeap(own);
  const heaps = Array.from({ length: count }, (_, at) => peek64(run, BUFFER + at * 8));
  const doesFit = count <= room!;
  run.print(!doesFit ? 'more' : heaps[0] === own ? 'own' : 'other');
  for (const heap of doesFit ? heaps.slice(1) : []) {
    for (const { name } of run.names.filter(({ value }) => value === heap)) run.print(` ${name}`);
  }
  return 0;
}

function rtlWalkHeap(run: ProbePort, [heap]: readonly number[]): number {
  for (let at = 0; at < 56; at += 8) poke64(run, BUFFER + at, 0);
  let hasRegion = false;
  let value = run.call('RtlWalkHeap', heap!, BUFFER);
  for (; value === 0; value = run.call('RtlWalkHeap', heap!, BUFFER)) {
    const flags = run.process.space.mmu.load(BUFFER + 18, 2);
    const data = peek64(run, BUFFER);
    hasRegion ||= flags === 2;
    if ((flags & 1) === 0) continue;
    const size = peek64(run, BUFFER + 8);
    for (const { name } of run.names.filter((one) => one.value === data)) {
      run.print(`${name}:${size}:${hex32(flags)} `);
    }
  }
  run.print(`${hex32(value)}${hasRegion ? ' region' : ''}`);
  return value;
}

export const EXTENDED_ROWS: readonly (readonly [string, number, Perform])[] = [
  ['NtQueryRegion', 2, ntQueryRegion],
  ['VirtualAlloc2', 7, virtualAlloc2],
  ['NtAllocateVirtualMemoryEx', 7, (run, a) => allocateEx(run, a, ADDRESS_REQUIREMENTS, 1)],
  ['NtAllocateParameters', 2, ntAllocateParameters],
  ['PrefetchVirtualMemory', 4, prefetch],
  ['NtSetInformationVirtualMemory', 6, ntSetInformation],
  ['NtAreMappedFilesTheSame', 2, status('NtAreMappedFilesTheSame')],
  ['CreateNamedMapping', 3, createNamed('CreateFileMappingA', 1)],
  ['CreateNamedMappingW', 3, createNamed('CreateFileMappingW', 2)],
  ['OpenFileMapping', 2, openNamed],
  ['GetProcessHeaps', 1, getProcessHeaps],
  ['RtlWalkHeap', 1, rtlWalkHeap],
];
