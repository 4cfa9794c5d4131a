/**
 * The functions of Windows that this package has: one row a function, with what an import and a
 * trace of it need.
 * @table
 */
import {
  ntAllocateVirtualMemoryEx,
  ntAreMappedFilesTheSame,
  ntSetInformationVirtualMemory,
  prefetchVirtualMemory,
  virtualAlloc2,
} from './extended-calls.ts';
import {
  globalAlloc,
  globalFlags,
  globalFree,
  globalHandle,
  globalLock,
  globalReAlloc,
  globalSize,
  globalUnlock,
  localAlloc,
  localFlags,
  localReAlloc,
  localUnlock,
} from './global-calls.ts';
import {
  getProcessHeap,
  getProcessHeaps,
  globalFlagsOf,
  heapAlloc,
  heapCompact,
  heapCreate,
  heapDestroy,
  heapFree,
  heapLock,
  heapQueryInformation,
  heapReAlloc,
  heapSetInformation,
  heapSize,
  heapUnlock,
  heapValidate,
  heapWalk,
  noUserInfo,
  rtlDestroyHeap,
  rtlWalkHeap,
} from './heap-calls.ts';
import {
  type CallWords,
  ntAllocateVirtualMemory,
  ntFlushVirtualMemory,
  ntFreeVirtualMemory,
  ntGetWriteWatch,
  ntLockVirtualMemory,
  ntProtectVirtualMemory,
  ntQueryVirtualMemory,
  ntResetWriteWatch,
  ntUnlockVirtualMemory,
} from './nt-calls.ts';
import {
  runtimeCalloc,
  runtimeFree,
  runtimeMalloc,
  runtimeRealloc,
  runtimeSize,
} from './runtime-calls.ts';
import {
  closeHandle,
  createFileMappingA,
  createFileMappingW,
  flushViewOfFile,
  mapViewOfFile,
  mapViewOfFileEx,
  ntCreateSection,
  ntMapViewOfSection,
  ntQuerySection,
  ntUnmapViewOfSection,
  openFileMappingA,
  openFileMappingW,
  unmapViewOfFile,
} from './section-calls.ts';
import {
  getLastError,
  getWriteWatch,
  resetWriteWatchCall,
  setLastError,
  virtualAlloc,
  virtualAllocEx,
  virtualFree,
  virtualFreeEx,
  virtualLock,
  virtualProtect,
  virtualProtectEx,
  virtualQuery,
  virtualQueryEx,
  virtualUnlock,
} from './virtual-calls.ts';
import type { WinProcess } from './win-process.ts';

/** How an argument is shown. A `-pointer` is a place that holds one. */
export type WinArgumentType =
  | 'process'
  | 'address-pointer'
  | 'zero-bits'
  | 'size-pointer'
  | 'allocation-type'
  | 'protection'
  | 'free-type'
  | 'dword-pointer'
  | 'address'
  | 'dword'
  | 'pointer'
  | 'size'
  | 'handle-pointer'
  | 'access'
  | 'section-flags'
  | 'handle'
  | 'file-mapping'
  | 'string'
  | 'wide-string'
  | 'map-access'
  | 'heap-flags'
  | 'global-flags';

export type WinResultType = 'status' | 'bool' | 'address' | 'handle' | 'size' | 'dword' | 'void';

export interface SystemFunction {
  readonly name: string;
  /** Modules that export it, without their suffix. */
  readonly modules: readonly string[];
  readonly arguments: readonly WinArgumentType[];
  readonly result: WinResultType;
  /**
   * Performs the call with words of registers and stack: its result. What it leaves beside that is
   * in the process: the last error, and an exception raised instead of returning.
   */
  readonly call: (process: WinProcess, a: CallWords) => number;
}

const NTDLL = ['ntdll'] as const;
const BASE = ['kernel32', 'kernelbase'] as const;
const KERNEL = ['kernel32'] as const;
const RUNTIME = ['msvcrt', 'ucrtbase'] as const;

export const SYSTEM_FUNCTIONS: readonly SystemFunction[] = [
  {
    name: 'NtAllocateVirtualMemory',
    modules: NTDLL,
    arguments: [
      'process',
      'address-pointer',
      'zero-bits',
      'size-pointer',
      'allocation-type',
      'protection',
    ],
    result: 'status',
    call: ntAllocateVirtualMemory,
  },
  {
    name: 'NtAllocateVirtualMemoryEx',
    modules: NTDLL,
    arguments: [
      'process',
      'address-pointer',
      'size-pointer',
      'allocation-type',
      'protection',
      'pointer',
      'dword',
    ],
    result: 'status',
    call: ntAllocateVirtualMemoryEx,
  },
  {
    name: 'NtSetInformationVirtualMemory',
    modules: NTDLL,
    arguments: ['process', 'dword', 'size', 'pointer', 'pointer', 'dword'],
    result: 'status',
    call: ntSetInformationVirtualMemory,
  },
  {
    name: 'NtAreMappedFilesTheSame',
    modules: NTDLL,
    arguments: ['address', 'address'],
    result: 'status',
    call: ntAreMappedFilesTheSame,
  },
  {
    name: 'VirtualAlloc2',
    modules: ['kernelbase', 'api-ms-win-core-memory-l1-1-6'],
    arguments: ['process', 'address', 'size', 'allocation-type', 'protection', 'pointer', 'dword'],
    result: 'address',
    call: virtualAlloc2,
  },
  {
    name: 'PrefetchVirtualMemory',
    modules: BASE,
    arguments: ['process', 'size', 'pointer', 'dword'],
    result: 'bool',
    call: prefetchVirtualMemory,
  },
  {
    name: 'NtFreeVirtualMemory',
    modules: NTDLL,
    arguments: ['process', 'address-pointer', 'size-pointer', 'free-type'],
    result: 'status',
    call: ntFreeVirtualMemory,
  },
  {
    name: 'NtProtectVirtualMemory',
    modules: NTDLL,
    arguments: ['process', 'address-pointer', 'size-pointer', 'protection', 'dword-pointer'],
    result: 'status',
    call: ntProtectVirtualMemory,
  },
  {
    name: 'NtQueryVirtualMemory',
    modules: NTDLL,
    arguments: ['process', 'address', 'dword', 'pointer', 'size', 'size-pointer'],
    result: 'status',
    call: ntQueryVirtualMemory,
  },
  {
    name: 'NtLockVirtualMemory',
    modules: NTDLL,
    arguments: ['process', 'address-pointer', 'size-pointer', 'dword'],
    result: 'status',
    call: ntLockVirtualMemory,
  },
  {
    name: 'NtUnlockVirtualMemory',
    modules: NTDLL,
    arguments: ['process', 'address-pointer', 'size-pointer', 'dword'],
    result: 'status',
    call: ntUnlockVirtualMemory,
  },
  {
    name: 'NtFlushVirtualMemory',
    modules: NTDLL,
    arguments: ['process', 'address-pointer', 'size-pointer', 'pointer'],
    result: 'status',
    call: ntFlushVirtualMemory,
  },
  {
    name: 'NtGetWriteWatch',
    modules: NTDLL,
    arguments: ['process', 'dword', 'address', 'size', 'pointer', 'size-pointer', 'dword-pointer'],
    result: 'status',
    call: ntGetWriteWatch,
  },
  {
    name: 'NtResetWriteWatch',
    modules: NTDLL,
    arguments: ['process', 'address', 'size'],
    result: 'status',
    call: ntResetWriteWatch,
  },
  {
    name: 'NtCreateSection',
    modules: NTDLL,
    arguments: [
      'handle-pointer',
      'access',
      'pointer',
      'size-pointer',
      'protection',
      'section-flags',
      'handle',
    ],
    result: 'status',
    call: ntCreateSection,
  },
  {
    name: 'NtMapViewOfSection',
    modules: NTDLL,
    arguments: [
      'handle',
      'process',
      'address-pointer',
      'zero-bits',
      'size',
      'size-pointer',
      'size-pointer',
      'dword',
      'allocation-type',
      'protection',
    ],
    result: 'status',
    call: ntMapViewOfSection,
  },
  {
    name: 'NtUnmapViewOfSection',
    modules: NTDLL,
    arguments: ['process', 'address'],
    result: 'status',
    call: ntUnmapViewOfSection,
  },
  {
    name: 'NtQuerySection',
    modules: NTDLL,
    arguments: ['handle', 'dword', 'pointer', 'size', 'size-pointer'],
    result: 'status',
    call: ntQuerySection,
  },
  {
    name: 'VirtualAlloc',
    modules: BASE,
    arguments: ['address', 'size', 'allocation-type', 'protection'],
    result: 'address',
    call: virtualAlloc,
  },
  {
    name: 'VirtualFree',
    modules: BASE,
    arguments: ['address', 'size', 'free-type'],
    result: 'bool',
    call: virtualFree,
  },
  {
    name: 'VirtualProtect',
    modules: BASE,
    arguments: ['address', 'size', 'protection', 'dword-pointer'],
    result: 'bool',
    call: virtualProtect,
  },
  {
    name: 'VirtualQuery',
    modules: BASE,
    arguments: ['address', 'pointer', 'size'],
    result: 'size',
    call: virtualQuery,
  },
  {
    name: 'VirtualLock',
    modules: BASE,
    arguments: ['address', 'size'],
    result: 'bool',
    call: virtualLock,
  },
  {
    name: 'VirtualUnlock',
    modules: BASE,
    arguments: ['address', 'size'],
    result: 'bool',
    call: virtualUnlock,
  },
  {
    name: 'GetWriteWatch',
    modules: BASE,
    arguments: ['dword', 'address', 'size', 'pointer', 'size-pointer', 'dword-pointer'],
    result: 'dword',
    call: getWriteWatch,
  },
  {
    name: 'ResetWriteWatch',
    modules: BASE,
    arguments: ['address', 'size'],
    result: 'dword',
    call: resetWriteWatchCall,
  },
  {
    name: 'GetLastError',
    modules: BASE,
    arguments: [],
    result: 'dword',
    call: getLastError,
  },
  {
    name: 'SetLastError',
    modules: BASE,
    arguments: ['dword'],
    result: 'void',
    call: setLastError,
  },
  {
    name: 'CreateFileMappingA',
    modules: BASE,
    arguments: ['handle', 'pointer', 'file-mapping', 'dword', 'dword', 'string'],
    result: 'handle',
    call: createFileMappingA,
  },
  {
    name: 'CreateFileMappingW',
    modules: BASE,
    arguments: ['handle', 'pointer', 'file-mapping', 'dword', 'dword', 'wide-string'],
    result: 'handle',
    call: createFileMappingW,
  },
  {
    name: 'OpenFileMappingA',
    modules: BASE,
    arguments: ['map-access', 'dword', 'string'],
    result: 'handle',
    call: openFileMappingA,
  },
  {
    name: 'OpenFileMappingW',
    modules: BASE,
    arguments: ['map-access', 'dword', 'wide-string'],
    result: 'handle',
    call: openFileMappingW,
  },
  {
    name: 'MapViewOfFile',
    modules: BASE,
    arguments: ['handle', 'map-access', 'dword', 'dword', 'size'],
    result: 'address',
    call: mapViewOfFile,
  },
  {
    name: 'MapViewOfFileEx',
    modules: BASE,
    arguments: ['handle', 'map-access', 'dword', 'dword', 'size', 'address'],
    result: 'address',
    call: mapViewOfFileEx,
  },
  {
    name: 'UnmapViewOfFile',
    modules: BASE,
    arguments: ['address'],
    result: 'bool',
    call: unmapViewOfFile,
  },
  {
    name: 'FlushViewOfFile',
    modules: BASE,
    arguments: ['address', 'size'],
    result: 'bool',
    call: flushViewOfFile,
  },
  {
    name: 'CloseHandle',
    modules: BASE,
    arguments: ['handle'],
    result: 'bool',
    call: closeHandle,
  },
  {
    name: 'GetProcessHeap',
    modules: BASE,
    arguments: [],
    result: 'handle',
    call: getProcessHeap,
  },
  {
    name: 'GetProcessHeaps',
    modules: BASE,
    arguments: ['dword', 'pointer'],
    result: 'dword',
    call: getProcessHeaps,
  },
  {
    name: 'RtlGetProcessHeaps',
    modules: NTDLL,
    arguments: ['dword', 'pointer'],
    result: 'dword',
    call: getProcessHeaps,
  },
  {
    name: 'RtlWalkHeap',
    modules: NTDLL,
    arguments: ['handle', 'pointer'],
    result: 'status',
    call: rtlWalkHeap,
  },
  {
    name: 'RtlGetUserInfoHeap',
    modules: NTDLL,
    arguments: ['handle', 'heap-flags', 'address', 'pointer', 'pointer'],
    result: 'bool',
    call: noUserInfo,
  },
  {
    name: 'RtlSetUserValueHeap',
    modules: NTDLL,
    arguments: ['handle', 'heap-flags', 'address', 'pointer'],
    result: 'bool',
    call: noUserInfo,
  },
  {
    name: 'RtlSetUserFlagsHeap',
    modules: NTDLL,
    arguments: ['handle', 'heap-flags', 'address', 'dword', 'dword'],
    result: 'bool',
    call: noUserInfo,
  },
  {
    name: 'RtlGetNtGlobalFlags',
    modules: NTDLL,
    arguments: [],
    result: 'dword',
    call: globalFlagsOf,
  },
  {
    name: 'HeapCreate',
    modules: BASE,
    arguments: ['heap-flags', 'size', 'size'],
    result: 'handle',
    call: heapCreate,
  },
  {
    name: 'HeapDestroy',
    modules: BASE,
    arguments: ['handle'],
    result: 'bool',
    call: heapDestroy,
  },
  {
    name: 'HeapAlloc',
    modules: BASE,
    arguments: ['handle', 'heap-flags', 'size'],
    result: 'address',
    call: heapAlloc,
  },
  {
    name: 'HeapReAlloc',
    modules: BASE,
    arguments: ['handle', 'heap-flags', 'address', 'size'],
    result: 'address',
    call: heapReAlloc,
  },
  {
    name: 'HeapFree',
    modules: BASE,
    arguments: ['handle', 'heap-flags', 'address'],
    result: 'bool',
    call: heapFree,
  },
  {
    name: 'HeapSize',
    modules: BASE,
    arguments: ['handle', 'heap-flags', 'address'],
    result: 'size',
    call: heapSize,
  },
  {
    name: 'HeapValidate',
    modules: BASE,
    arguments: ['handle', 'heap-flags', 'address'],
    result: 'bool',
    call: heapValidate,
  },
  {
    name: 'HeapCompact',
    modules: BASE,
    arguments: ['handle', 'heap-flags'],
    result: 'size',
    call: heapCompact,
  },
  {
    name: 'HeapLock',
    modules: BASE,
    arguments: ['handle'],
    result: 'bool',
    call: heapLock,
  },
  {
    name: 'HeapUnlock',
    modules: BASE,
    arguments: ['handle'],
    result: 'bool',
    call: heapUnlock,
  },
  {
    name: 'HeapSetInformation',
    modules: BASE,
    arguments: ['handle', 'dword', 'pointer', 'size'],
    result: 'bool',
    call: heapSetInformation,
  },
  {
    name: 'HeapQueryInformation',
    modules: BASE,
    arguments: ['handle', 'dword', 'pointer', 'size', 'size-pointer'],
    result: 'bool',
    call: heapQueryInformation,
  },
  {
    name: 'HeapWalk',
    modules: BASE,
    arguments: ['handle', 'pointer'],
    result: 'bool',
    call: heapWalk,
  },
  {
    name: 'VirtualAllocEx',
    modules: BASE,
    arguments: ['process', 'address', 'size', 'allocation-type', 'protection'],
    result: 'address',
    call: virtualAllocEx,
  },
  {
    name: 'VirtualFreeEx',
    modules: BASE,
    arguments: ['process', 'address', 'size', 'free-type'],
    result: 'bool',
    call: virtualFreeEx,
  },
  {
    name: 'VirtualProtectEx',
    modules: BASE,
    arguments: ['process', 'address', 'size', 'protection', 'dword-pointer'],
    result: 'bool',
    call: virtualProtectEx,
  },
  {
    name: 'VirtualQueryEx',
    modules: BASE,
    arguments: ['process', 'address', 'pointer', 'size'],
    result: 'size',
    call: virtualQueryEx,
  },
  {
    name: 'RtlAllocateHeap',
    modules: NTDLL,
    arguments: ['handle', 'heap-flags', 'size'],
    result: 'address',
    call: heapAlloc,
  },
  {
    name: 'RtlReAllocateHeap',
    modules: NTDLL,
    arguments: ['handle', 'heap-flags', 'address', 'size'],
    result: 'address',
    call: heapReAlloc,
  },
  {
    name: 'RtlFreeHeap',
    modules: NTDLL,
    arguments: ['handle', 'heap-flags', 'address'],
    result: 'bool',
    call: heapFree,
  },
  {
    name: 'RtlSizeHeap',
    modules: NTDLL,
    arguments: ['handle', 'heap-flags', 'address'],
    result: 'size',
    call: heapSize,
  },
  {
    name: 'RtlValidateHeap',
    modules: NTDLL,
    arguments: ['handle', 'heap-flags', 'address'],
    result: 'bool',
    call: heapValidate,
  },
  {
    name: 'RtlDestroyHeap',
    modules: NTDLL,
    arguments: ['handle'],
    result: 'handle',
    call: rtlDestroyHeap,
  },
  {
    name: 'GlobalAlloc',
    modules: BASE,
    arguments: ['global-flags', 'size'],
    result: 'address',
    call: globalAlloc,
  },
  {
    name: 'GlobalReAlloc',
    modules: KERNEL,
    arguments: ['address', 'size', 'global-flags'],
    result: 'address',
    call: globalReAlloc,
  },
  {
    name: 'GlobalFree',
    modules: BASE,
    arguments: ['address'],
    result: 'address',
    call: globalFree,
  },
  {
    name: 'GlobalSize',
    modules: KERNEL,
    arguments: ['address'],
    result: 'size',
    call: globalSize,
  },
  {
    name: 'GlobalFlags',
    modules: KERNEL,
    arguments: ['address'],
    result: 'dword',
    call: globalFlags,
  },
  {
    name: 'GlobalLock',
    modules: KERNEL,
    arguments: ['address'],
    result: 'address',
    call: globalLock,
  },
  {
    name: 'GlobalUnlock',
    modules: KERNEL,
    arguments: ['address'],
    result: 'bool',
    call: globalUnlock,
  },
  {
    name: 'GlobalHandle',
    modules: KERNEL,
    arguments: ['address'],
    result: 'address',
    call: globalHandle,
  },
  {
    name: 'LocalAlloc',
    modules: BASE,
    arguments: ['global-flags', 'size'],
    result: 'address',
    call: localAlloc,
  },
  {
    name: 'LocalReAlloc',
    modules: BASE,
    arguments: ['address', 'size', 'global-flags'],
    result: 'address',
    call: localReAlloc,
  },
  {
    name: 'LocalFree',
    modules: BASE,
    arguments: ['address'],
    result: 'address',
    call: globalFree,
  },
  {
    name: 'LocalSize',
    modules: KERNEL,
    arguments: ['address'],
    result: 'size',
    call: globalSize,
  },
  {
    name: 'LocalFlags',
    modules: KERNEL,
    arguments: ['address'],
    result: 'dword',
    call: localFlags,
  },
  {
    name: 'LocalLock',
    modules: BASE,
    arguments: ['address'],
    result: 'address',
    call: globalLock,
  },
  {
    name: 'LocalUnlock',
    modules: BASE,
    arguments: ['address'],
    result: 'bool',
    call: localUnlock,
  },
  {
    name: 'LocalHandle',
    modules: KERNEL,
    arguments: ['address'],
    result: 'address',
    call: globalHandle,
  },
  {
    name: 'malloc',
    modules: RUNTIME,
    arguments: ['size'],
    result: 'address',
    call: runtimeMalloc,
  },
  {
    name: 'calloc',
    modules: RUNTIME,
    arguments: ['size', 'size'],
    result: 'address',
    call: runtimeCalloc,
  },
  {
    name: 'realloc',
    modules: RUNTIME,
    arguments: ['address', 'size'],
    result: 'address',
    call: runtimeRealloc,
  },
  {
    name: 'free',
    modules: RUNTIME,
    arguments: ['address'],
    result: 'void',
    call: runtimeFree,
  },
  {
    name: '_msize',
    modules: RUNTIME,
    arguments: ['address'],
    result: 'size',
    call: runtimeSize,
  },
];

const BY_NAME: ReadonlyMap<string, SystemFunction> = new Map(
  SYSTEM_FUNCTIONS.map((row) => [row.name, row]),
);

/** The row of a function, or null. */
export function systemFunction(name: string): SystemFunction | null {
  return BY_NAME.get(name) ?? null;
}
