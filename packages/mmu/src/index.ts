export type { Backing, FramesBacking } from './backing.ts';
export type { Device } from './device.ts';
export type { AccessKind, Fault, FaultKind } from './fault.ts';
export { type FrameHolder, FramePool, NO_FRAME } from './frame-pool.ts';
export { GuestHeapMemory } from './guest-heap-memory.ts';
export {
  CPU_AREA_BASE,
  CPU_AREA_BYTES,
  CPU_TABLES_BASE,
  CPU_TABLES_BYTES,
  FRAMES_BASE,
  PAGE_BYTES,
  PAGE_SHIFT,
  TLB_BASE,
} from './memory-layout.ts';
export { MemoryObject, PAST_END, type PageFile } from './memory-object.ts';
export { type MapOptions, Mmu, type MmuOptions } from './mmu.ts';
export type { AddressBits } from './page-table.ts';
export type { PageUsage } from './pages.ts';
export { PROT_EXECUTE, PROT_NONE, PROT_READ, PROT_WRITE } from './pte.ts';
export { type Replacement, StudyTlb, type StudyTlbOptions } from './study-tlb.ts';
export { Supervisor } from './supervisor.ts';
export {
  type AccessCounts,
  INVALID_TAG,
  Tlb,
  type TlbCounters,
  type TlbFigures,
} from './tlb.ts';
export type { FaultHook } from './translation.ts';
export { type Vma, VmaMap } from './vma-map.ts';
