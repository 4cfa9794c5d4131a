/**
 * The map of the linear memory that one machine shares between the MMU, the CPU and its generated
 * code. Offsets in bytes. Nothing may lie at offset 0: a zero host offset is always a mistake.
 *
 *   0x000000  never used
 *   0x001000  CPU_AREA    registers and control words; the CPU's
 *   0x010000  TLB         entries that generated code reads
 *   0x030000  CPU_TABLES  shadow call stack and jump cache; the CPU's
 *   0x100000  FRAMES      frame n at FRAMES_BASE + n * PAGE_BYTES
 */
export const CPU_AREA_BASE = 0x001000;
export const CPU_AREA_BYTES = 0x00f000;
export const TLB_BASE = 0x010000;
export const TLB_AREA_BYTES = 0x020000;
export const CPU_TABLES_BASE = 0x030000;
export const CPU_TABLES_BYTES = 0x0d0000;
export const FRAMES_BASE = 0x100000;

export const PAGE_SHIFT = 12;
export const PAGE_BYTES = 4096;
/** Unit in which a WebAssembly.Memory grows. */
export const WASM_PAGE_BYTES = 65536;
