/** What the adapter knows of one of Unicorn's translation blocks, from its bytes. */
import {
  CALL,
  type EngineIsa,
  type Fetch,
  INDIRECT,
  LEAVES,
  MEMORY,
  OPENS_IT,
  REPEATS,
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
  /** Its bytes, as they are fetched, to tell whether they changed. */
  readonly code: Uint16Array;
  /** CALL, INDIRECT, REPEATS or 0: how the last instruction leaves. */
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

interface BlockPlace {
  readonly address: number;
  /** Bytes, as Unicorn says. */
  readonly size: number;
  /** Bytes that are fetched at once. */
  readonly unit: number;
  readonly writable: boolean;
  readonly itBefore: number;
}

/** How far behind a block that leaves nowhere it is looked for what ended it. */
const LOOK_AHEAD = 32;

/**
 * Reads a block's bytes; those that are not mapped count as an instruction to be stepped. Unicorn
 * 2.0.1 tells a size that is too small where it met what it takes for an illegal instruction: an
 * instruction to be stepped, which then belongs to the block.
 */
export function readBlock(
  isa: EngineIsa,
  { address, size, unit, writable, itBefore }: BlockPlace,
  fetch: Fetch,
): CodeBlock {
  const instructions: PlacedInstruction[] = [];
  let covered = itBefore;
  let at = address;
  const read = (): number => {
    const { length, marks, covers } = isa.decode(at, fetch);
    // Unicorn splits IT blocks at its pages of 1 KiB; it neither counts nor stops in the rest.
    const isRest = at === address && covered > 0;
    const own = isRest ? marks | STEPPED : marks;
    instructions.push({ address: at, length, marks: own, inIt: covered > 0 });
    covered = covered > 0 ? covered - 1 : covers;
    at += length;
    return marks;
  };
  while (at < address + Math.max(size, unit)) read();
  const count = instructions.length;
  const itAfter = covered;
  const until = LEAVES | STEPPED;
  let last = instructions.at(-1)!.marks;
  const most = isa.cutsBlocks ? LOOK_AHEAD : 0;
  for (let ahead = 0; (last & until) === 0 && ahead < most; ahead++) last = read();
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
    code: codeOf(address, size, unit, fetch),
    exit: end.marks & (CALL | INDIRECT | REPEATS),
    writable,
    breakpoint: -1,
    generation: -1,
    firstMarked: (marks) => marked.findIndex((instruction) => (instruction.marks & marks) !== 0),
  };
}

/** What is entered when a repeated instruction comes back with nothing left: nothing is run. */
export function emptyBlock(address: number): CodeBlock {
  return {
    address,
    size: 0,
    instructions: [],
    covered: 0,
    itBefore: 0,
    itAfter: 0,
    marks: 0,
    code: new Uint16Array(0),
    exit: 0,
    writable: false,
    breakpoint: -1,
    generation: -1,
    firstMarked: () => -1,
  };
}

function codeOf(address: number, size: number, unit: number, fetch: Fetch): Uint16Array {
  return Uint16Array.from({ length: size / unit }, (_, index) => fetch(address + index * unit));
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
export function isCurrent({ address, size, code }: CodeBlock, fetch: Fetch): boolean {
  const unit = size / code.length;
  for (let index = 0; index < code.length; index++) {
    if (fetch(address + index * unit) !== code[index]) return false;
  }
  return true;
}
