/** What the adapter knows of one of Unicorn's translation blocks, from its bytes. */
import {
  CALL,
  type EngineIsa,
  INDIRECT,
  type Instruction,
  LEAVES,
  MEMORY,
  OPENS_IT,
  STEPPED,
} from './engine-isa.ts';

export interface CodeBlock {
  readonly address: number;
  /** Bytes, as Unicorn says. */
  readonly size: number;
  readonly instructions: readonly PlacedInstruction[];
  /** How many of the instructions Unicorn's size covers. */
  readonly covered: number;
  /** Of the IT block that it begins within, and that it ends within: instructions still to come. */
  readonly itBefore: number;
  readonly itAfter: number;
  /** All marks of its instructions. */
  readonly marks: number;
  /** Its halfwords, to tell whether they changed. */
  readonly code: Uint16Array;
  /** CALL, INDIRECT or 0: how the last instruction leaves. */
  readonly exit: number;
  /** Whether all of it may be stored to, so that its code must be compared. */
  readonly writable: boolean;
  /** Index of the first instruction at a breakpoint, or -1; as of `generation`. */
  breakpoint: number;
  generation: number;
  /** Index of the first instruction that has one of these marks. */
  firstMarked(marks: number): number;
}

export interface PlacedInstruction {
  readonly address: number;
  readonly length: number;
  readonly marks: number;
  /** Within an IT block, not the IT itself. */
  readonly inIt: boolean;
}

type Fetch = (address: number) => number;

/** How far behind a block that leaves nowhere it is looked for what ended it. */
const LOOK_AHEAD = 32;

/**
 * Reads a block's bytes; those that are not mapped count as an instruction to be stepped. Unicorn
 * 2.0.1 tells a size that is too small where it met what it takes for an illegal instruction: an
 * instruction to be stepped, which then belongs to the block.
 */
export function readBlock(
  isa: EngineIsa,
  address: number,
  size: number,
  fetch: Fetch,
  writable: boolean,
  itBefore: number,
): CodeBlock {
  const instructions: PlacedInstruction[] = [];
  let covered = itBefore;
  let at = address;
  const read = (): number => {
    const { length, marks, covers } = decodeAt(isa, at, fetch);
    // Unicorn splits IT blocks at its pages of 1 KiB; it neither counts nor stops in the rest.
    const isRest = at === address && covered > 0;
    const own = isRest ? marks | STEPPED : marks;
    instructions.push({ address: at, length, marks: own, inIt: covered > 0 });
    covered = covered > 0 ? covered - 1 : covers;
    at += length;
    return marks;
  };
  while (at < address + Math.max(size, 2)) read();
  const count = instructions.length;
  const itAfter = covered;
  const until = LEAVES | STEPPED;
  let last = instructions.at(-1)!.marks;
  for (let ahead = 0; (last & until) === 0 && ahead < LOOK_AHEAD; ahead++) last = read();
  if ((last & STEPPED) === 0) instructions.length = count;
  const marked = markItBlocks(instructions);
  const end = marked.at(-1)!;
  return {
    address,
    size,
    instructions: marked,
    covered: count,
    itBefore,
    itAfter,
    marks: marked.reduce((all, instruction) => all | instruction.marks, 0),
    code: codeOf(address, size, fetch),
    exit: end.marks & (CALL | INDIRECT),
    writable,
    breakpoint: -1,
    generation: -1,
    firstMarked: (marks) => marked.findIndex((instruction) => (instruction.marks & marks) !== 0),
  };
}

export function decodeAt(isa: EngineIsa, address: number, fetch: Fetch): Instruction {
  const first = fetch(address);
  if (first < 0) return { length: 2, marks: STEPPED, covers: 0 };
  return isa.decode(first, fetch((address + 2) >>> 0));
}

function codeOf(address: number, size: number, fetch: Fetch): Uint16Array {
  return Uint16Array.from({ length: size >> 1 }, (_, index) => fetch(address + index * 2));
}

/**
 * Within an IT block Unicorn keeps no pc, so that an access that fails cannot be told from another:
 * IT blocks with accesses, or with what is not Unicorn's, are stepped from the IT on.
 */
function markItBlocks(instructions: readonly PlacedInstruction[]): readonly PlacedInstruction[] {
  if (!instructions.some(({ marks }) => (marks & OPENS_IT) !== 0)) return instructions;
  const marked = [...instructions];
  for (let index = marked.length - 1, inner = 0; index >= 0; index--) {
    const instruction = marked[index]!;
    if (instruction.inIt) {
      inner |= instruction.marks;
      continue;
    }
    if ((instruction.marks & OPENS_IT) !== 0 && (inner & ~(CALL | INDIRECT)) !== 0) {
      marked[index] = { ...instruction, marks: instruction.marks | stepped(inner) };
    }
    inner = 0;
  }
  return marked;
}

function stepped(inner: number): number {
  return (inner & (MEMORY | STEPPED)) !== 0 ? STEPPED : inner;
}

/** Instructions at which Unicorn counts, among the first `count` of a block. */
export function countedAmong(block: CodeBlock, count: number): number {
  let counted = 0;
  for (let index = 0; index < count; index++) if (!block.instructions[index]!.inIt) counted++;
  return counted;
}

/** At most `count` instructions from the start of a block, so that no IT block is cut. */
export function wholeItBlocks(block: CodeBlock, count: number): number {
  let whole = count;
  while (whole > 0 && block.instructions[whole]?.inIt === true) whole--;
  return whole;
}

/** Whether the bytes are still those that were read. */
export function isCurrent(block: CodeBlock, fetch: Fetch): boolean {
  const { address, code } = block;
  for (let index = 0; index < code.length; index++) {
    if (fetch(address + index * 2) !== code[index]) return false;
  }
  return true;
}
