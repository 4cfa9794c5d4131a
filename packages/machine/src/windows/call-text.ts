/** A call as `--strace` shows it: the name and the arguments by their types. */
import type { Call } from './call.ts';
import type { Parameter, SystemFunction } from './system-function.ts';

const TEXT_LIMIT = 48;

export function callText(call: Call, row: SystemFunction): string {
  const values = row.parameters.map((parameter, index) => valueText(call, parameter, index));
  call.memory.mmu.faulted = false;
  return `${row.name}(${values.join(', ')})`;
}

function valueText(call: Call, { type }: Parameter, index: number): string {
  switch (type) {
    case 'i32':
      return String(call.i32(index));
    case 'u32':
      return shortNumber(call.u32(index));
    case 'bool':
      return call.i32(index) === 0 ? 'FALSE' : 'TRUE';
    case 'u64':
      return shortNumber(call.word(index));
    case 'i64':
      return String(call.big(index));
    case 'f64':
      return String(call.double(index));
    case 'f32':
      return String(call.float(index));
    case 'text':
      return quoted(call.word(index), () => call.memory.text(call.word(index), TEXT_LIMIT));
    case 'wide':
      return quoted(call.word(index), () => call.memory.wideText(call.word(index), TEXT_LIMIT));
    case 'rest':
    case 'void':
      return '…';
    default:
      return `0x${call.word(index).toString(16)}`;
  }
}

/** Small numbers are counts, large ones flags and sizes. */
function shortNumber(value: number): string {
  return value < 65_536 ? String(value) : `0x${value.toString(16)}`;
}

function quoted(address: number, read: () => string): string {
  if (address === 0) return 'NULL';
  // A low number stands for an ordinal or an atom.
  if (address < 65_536) return `#${address}`;
  return JSON.stringify(read());
}
