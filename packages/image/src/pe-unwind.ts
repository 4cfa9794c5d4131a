/**
 * Unwind information of x86-64 functions: `.pdata` tells where a function's is, UNWIND_INFO what
 * its prolog did. Decoded from bytes wherever they come from, the file or the guest's memory.
 *
 * @see Microsoft, "x64 exception handling"
 */

/** Bytes of one RUNTIME_FUNCTION: begin, end and unwind information as RVAs. */
export const RUNTIME_FUNCTION_BYTES = 12;
/** Most bytes that one UNWIND_INFO has before its handler's own data: 255 codes, one more RVA. */
export const UNWIND_INFO_BYTES = 528;

export const UNW_FLAG_EHANDLER = 1;
export const UNW_FLAG_UHANDLER = 2;
export const UNW_FLAG_CHAININFO = 4;

export type UnwindOperation =
  | { readonly kind: 'push'; readonly offset: number; readonly register: number }
  | { readonly kind: 'allocate'; readonly offset: number; readonly bytes: number }
  /** The frame register was set to the stack pointer plus `frameOffset` of the information. */
  | { readonly kind: 'set-frame'; readonly offset: number }
  | {
      readonly kind: 'save';
      readonly offset: number;
      readonly register: number;
      readonly at: number;
    }
  | {
      readonly kind: 'save-xmm';
      readonly offset: number;
      readonly register: number;
      readonly at: number;
    }
  /** An interrupt's frame; with an error code below it or without. */
  | { readonly kind: 'machine-frame'; readonly offset: number; readonly hasErrorCode: boolean };

export interface UnwindInfo {
  readonly flags: number;
  readonly prologBytes: number;
  /** Number of the frame register; 0 when the stack pointer is the frame. */
  readonly frameRegister: number;
  /** Bytes from the stack pointer to where the frame register pointed. */
  readonly frameOffset: number;
  /** In the order of the table: the last of the prolog first. */
  readonly operations: readonly UnwindOperation[];
  /** Of a part of a function: its whole, as begin, end and unwind RVA. */
  readonly chained: readonly [begin: number, end: number, unwind: number] | null;
  /** RVA of the language's handler; 0 without one. */
  readonly handlerRva: number;
  /** Where in the bytes the handler's own data begins. */
  readonly handlerDataOffset: number;
}

const MACHINE_FRAME = 10;

/** Decodes UNWIND_INFO; null when the bytes are none, or end too early. */
export function decodeUnwindInfo(bytes: Uint8Array): UnwindInfo | null {
  if (bytes.length < 4) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[0]! & 7;
  const flags = bytes[0]! >> 3;
  const count = bytes[2]!;
  const after = 4 + (count + (count % 2)) * 2;
  const isChained = (flags & UNW_FLAG_CHAININFO) !== 0;
  const hasHandler = !isChained && (flags & (UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER)) !== 0;
  const end = after + (isChained ? RUNTIME_FUNCTION_BYTES : hasHandler ? 4 : 0);
  if ((version !== 1 && version !== 2) || end > bytes.length) return null;
  const operations = decodeOperations(view, count, version);
  if (operations === null) return null;
  const word = (at: number): number => view.getUint32(at, true);
  return {
    flags,
    prologBytes: bytes[1]!,
    frameRegister: bytes[3]! & 15,
    frameOffset: (bytes[3]! >> 4) * 16,
    operations,
    chained: isChained ? [word(after), word(after + 4), word(after + 8)] : null,
    handlerRva: hasHandler ? word(after) : 0,
    handlerDataOffset: end,
  };
}

interface Decoded {
  /** Null for a code that does nothing. */
  readonly operation: UnwindOperation | null;
  /** Slots of two bytes that it has. */
  readonly slots: number;
}

function decodeOperations(
  view: DataView,
  count: number,
  version: number,
): UnwindOperation[] | null {
  const operations: UnwindOperation[] = [];
  for (let index = 0; index < count; ) {
    const decoded = decodeOne(view, 4 + index * 2, count - index, version);
    if (decoded === null) return null;
    if (decoded.operation !== null) operations.push(decoded.operation);
    index += decoded.slots;
  }
  return operations;
}

function decodeOne(view: DataView, at: number, left: number, version: number): Decoded | null {
  const offset = view.getUint8(at);
  const code = view.getUint8(at + 1) & 15;
  const info = view.getUint8(at + 1) >> 4;
  const slots = slotsOf(code, info, version);
  if (slots === 0 || slots > left) return null;
  const half = slots > 1 ? view.getUint16(at + 2, true) : 0;
  const word = slots > 2 ? view.getUint32(at + 2, true) : 0;
  switch (code) {
    case 0:
      return { operation: { kind: 'push', offset, register: info }, slots };
    case 1:
      return {
        operation: { kind: 'allocate', offset, bytes: info === 0 ? half * 8 : word },
        slots,
      };
    case 2:
      return { operation: { kind: 'allocate', offset, bytes: info * 8 + 8 }, slots };
    case 3:
      return { operation: { kind: 'set-frame', offset }, slots };
    case 4:
    case 5: {
      const place = code === 4 ? half * 8 : word;
      return { operation: { kind: 'save', offset, register: info, at: place }, slots };
    }
    case 8:
    case 9: {
      const place = code === 8 ? half * 16 : word;
      return { operation: { kind: 'save-xmm', offset, register: info, at: place }, slots };
    }
    case MACHINE_FRAME:
      return { operation: { kind: 'machine-frame', offset, hasErrorCode: info === 1 }, slots };
    default:
      return { operation: null, slots };
  }
}

/** Slots of a code; 0 for one that does not exist. Epilogs (6) are of version 2. */
function slotsOf(code: number, info: number, version: number): number {
  if (code === 1) return info === 0 ? 2 : info === 1 ? 3 : 0;
  if (code === 6) return version === 2 ? 1 : 0;
  const slots = [1, 0, 1, 1, 2, 3, 0, 0, 2, 3, 1][code] ?? 0;
  return code === MACHINE_FRAME && info > 1 ? 0 : slots;
}
