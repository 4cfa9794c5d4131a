/** A few RV32 encodings and labels, for programs of a dozen instructions inside tests. */
type Item = number | ((at: number, labels: ReadonlyMap<string, number>) => number) | string;

const i = (opcode: number, funct3: number, rd: number, rs1: number, immediate: number): number =>
  (immediate << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;

export const addi = (rd: number, rs1: number, immediate: number): number =>
  i(0x13, 0, rd, rs1, immediate);
export const slli = (rd: number, rs1: number, shift: number): number => i(0x13, 1, rd, rs1, shift);
export const lw = (rd: number, offset: number, rs1: number): number => i(0x03, 2, rd, rs1, offset);
export const jalr = (rd: number, rs1: number, offset: number): number =>
  i(0x67, 0, rd, rs1, offset);
export const add = (rd: number, rs1: number, rs2: number): number =>
  (rs2 << 20) | (rs1 << 15) | (rd << 7) | 0x33;
export const mul = (rd: number, rs1: number, rs2: number): number => add(rd, rs1, rs2) | (1 << 25);
export const xor = (rd: number, rs1: number, rs2: number): number => add(rd, rs1, rs2) | (4 << 12);
export const sw = (rs2: number, offset: number, rs1: number): number =>
  ((offset >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (2 << 12) | ((offset & 31) << 7) | 0x23;
export const lui = (rd: number, value: number): number => (value & 0xfffff000) | (rd << 7) | 0x37;
export const FENCE_I = 0x0000100f;
export const ECALL = 0x00000073;
export const RET: number = jalr(0, 1, 0);

const branch =
  (funct3: number) =>
  (rs1: number, rs2: number, label: string): Item =>
  (at, labels) => {
    const o = labels.get(label)! - at;
    const high = ((o >> 12) << 31) | (((o >> 5) & 63) << 25);
    const low = (((o >> 1) & 15) << 8) | (((o >> 11) & 1) << 7);
    return high | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | low | 0x63;
  };
export const beq: (rs1: number, rs2: number, label: string) => Item = branch(0);
export const bne: (rs1: number, rs2: number, label: string) => Item = branch(1);
export const blt: (rs1: number, rs2: number, label: string) => Item = branch(4);

export const jal =
  (rd: number, label: string): Item =>
  (at, labels) => {
    const o = labels.get(label)! - at;
    const parts = ((o >> 20) << 31) | (((o >> 1) & 0x3ff) << 21) | (((o >> 11) & 1) << 20);
    return parts | (o & 0xff000) | (rd << 7) | 0x6f;
  };

/** Assembles at an address; strings are labels. */
export function assemble(
  base: number,
  ...items: Item[]
): { bytes: Uint8Array; labels: Map<string, number> } {
  const labels = new Map<string, number>();
  let at = base;
  for (const item of items) {
    if (typeof item === 'string') labels.set(item, at);
    else at += 4;
  }
  const words = new Int32Array(items.filter((item) => typeof item !== 'string').length);
  at = base;
  for (const item of items) {
    if (typeof item === 'string') continue;
    words[(at - base) / 4] = typeof item === 'number' ? item : item(at, labels);
    at += 4;
  }
  return { bytes: new Uint8Array(words.buffer), labels };
}
