/** A finding explained: what happened, where, whose block, what caused it, how the guest got there. */
import { adviceFor } from './advice.ts';
import type { BlockInfo, Finding, Moment, Place, Trap } from './finding.ts';
import { amountText, countText, hexText } from './number-text.ts';
import { type Paint, PLAIN } from './paint.ts';
import { stackLines } from './stack-text.ts';

const LABEL_COLUMNS = 10;

/** Lines that end with `\n`; the first says it all, the rest are labelled. */
export function explainFinding(finding: Finding, paint: Paint = PLAIN): string {
  const lines = [`${paint('bad', finding.kind)}: ${finding.message}`];
  const add = (label: string, texts: readonly string[]): void => {
    texts.forEach((text, index) => {
      const shown = index === 0 ? label : '';
      lines.push(`  ${paint('label', shown.padEnd(LABEL_COLUMNS))}${text}`);
    });
  };
  add('what', [whatText(finding)]);
  if (finding.place !== undefined) add('where', [placeText(finding.place)]);
  if (finding.block !== undefined) addBlock(finding.block, add);
  if (finding.cause !== undefined) {
    add('cause', [`${finding.cause.what}, ${whenText(finding.cause)}`]);
    add('', stackLines(finding.cause.stack));
  }
  if (finding.trap !== undefined) add('trap', trapLines(finding.trap));
  add('when', [whenText(finding)]);
  add('stack', stackLines(finding.stack));
  const advice = adviceFor(finding);
  if (advice !== null) add('next', [advice]);
  return `${lines.join('\n')}\n`;
}

/** Whose an address is: `byte 4 of block #3`, `8 bytes after block #3`, before or past its ends. */
export function blockPositionText(block: BlockInfo): string {
  const what = `block #${block.ordinal} (${amountText(block.size, 'byte')} at ${hexText(block.address)})`;
  if (block.offset < 0) return `${amountText(-block.offset, 'byte')} before ${what}`;
  if (block.offset < block.size) return `byte ${countText(block.offset)} of ${what}`;
  return `${amountText(block.offset - block.size, 'byte')} after ${what}`;
}

function whatText(finding: Finding): string {
  const at = hexText(finding.address);
  if (finding.access === undefined) {
    if (finding.pc === finding.address) return `the instruction at ${at}`;
    const size = finding.size === undefined ? '' : `, ${amountText(finding.size, 'byte')}`;
    return `the address ${at}${size}`;
  }
  if (finding.access === 'execute') return `execute at ${at}`;
  const size = finding.size === undefined ? '' : ` of ${amountText(finding.size, 'byte')}`;
  return `${finding.access}${size} at ${at}, by the instruction at ${hexText(finding.pc)}`;
}

function placeText(place: Place): string {
  if (place.start === undefined || place.end === undefined) return place.name;
  const range = rangeText({ start: place.start, end: place.end });
  if (place.name !== 'nothing') return `${place.name} (${range})`;
  const { nearest } = place;
  const hint = nearest === undefined ? '' : `; nearest: ${nearest.name} (${rangeText(nearest)})`;
  return `page ${range}, not mapped${hint}`;
}

function rangeText({ start, end }: { readonly start: number; readonly end: number }): string {
  return `${hexText(start)} to ${hexText(end - 1)}`;
}

function addBlock(block: BlockInfo, add: (label: string, texts: readonly string[]) => void): void {
  const state = block.freedAt === undefined ? 'live' : 'freed';
  add('block', [`${blockPositionText(block)}, ${state}`]);
  add('', [`allocated ${whenText(block.allocatedAt)}`, ...stackLines(block.allocatedAt.stack)]);
  if (block.freedAt !== undefined) {
    add('', [`freed ${whenText(block.freedAt)}`, ...stackLines(block.freedAt.stack)]);
  }
}

function trapLines(trap: Trap): string[] {
  const registers = trap.registers.map((register) => {
    const meaning = register.meaning === undefined ? '' : ` (${register.meaning})`;
    return `${register.name} = ${hexText(register.value)}${meaning}`;
  });
  return [trap.name, ...registers];
}

function whenText(moment: Pick<Moment, 'instruction'>): string {
  return `after ${amountText(moment.instruction, 'instruction')}`;
}
