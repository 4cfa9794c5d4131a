/**
 * A page table entry in 32 bits; 0 is an absent page.
 *
 *   31            10 9 8 7 6 5 4 3 2 1 0
 *   +---------------+-+-+-+-+-+-+-+-+-+-+
 *   | frame number  |M|V|D|A|C|G|X|W|R|P|
 *   +---------------+-+-+-+-+-+-+-+-+-+-+
 *
 * P present, R W X what the mapping allows, G guard, C copy on write, A accessed, D dirty,
 * V device: the frame number is then the number of a device. M read-only memory.
 */
export const PTE_PRESENT = 0x001;
export const PTE_READ = 0x002;
export const PTE_WRITE = 0x004;
export const PTE_EXECUTE = 0x008;
export const PTE_GUARD = 0x010;
export const PTE_COW = 0x020;
export const PTE_ACCESSED = 0x040;
export const PTE_DIRTY = 0x080;
export const PTE_DEVICE = 0x100;
/** Read-only memory on a bus that takes stores and drops them. */
export const PTE_ROM = 0x200;
/** What the mapping allows. */
export const PTE_PROTECTION: number = PTE_READ | PTE_WRITE | PTE_EXECUTE;
export const PTE_FRAME_SHIFT = 10;
/** Everything but the frame number. */
export const PTE_FLAGS: number = 2 ** PTE_FRAME_SHIFT - 1;
/** Frames that a PTE can name; 16 GiB, more than a 32-bit linear memory holds. */
export const PTE_FRAMES: number = 2 ** 22;

/** Protection bits as mappings give them; shifted left by one they are the PTE's. */
export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXECUTE = 4;

export function makePte(frame: number, flags: number): number {
  return (frame << PTE_FRAME_SHIFT) | PTE_PRESENT | flags;
}

export function pteFrame(pte: number): number {
  return pte >>> PTE_FRAME_SHIFT;
}

/** The PTE's R, W and X bits for a protection. */
export function protectionBits(protection: number): number {
  return protection << 1;
}
