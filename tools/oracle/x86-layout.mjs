/** Memory of a case on the real processor, and the two records of x86-native/runner.c. */

export const PAGE = 4096;
/** Two pages of code, which cannot be written, filled with INT3; nothing around them. */
export const CODE = 0x20000000;
export const CODE_BYTES = 2 * PAGE;
/** One page that can only be read, two that can be written; nothing around them. */
export const DATA = 0x30000000;
export const DATA_BYTES = 3 * PAGE;
export const WRITABLE = DATA + PAGE;
export const DATA_END = DATA + DATA_BYTES;

export const MAX_CODE = 32;
export const MAX_PATCHES = 4;
export const PATCH_BYTES = 16;
const MAX_CHANGES = 64;
export const REQUEST_BYTES = 808;
export const RESPONSE_BYTES = 1720;
/** FXSAVE's image, and how much of it is state. */
export const FX_BYTES = 512;
export const FX_STATE_BYTES = 416;

const AT = { code: 8, registers: 40, flags: 168, fs: 176, gs: 184, fx: 192, patches: 704 };
const OF = { ip: 32, registers: 40, flags: 168, fx: 176, changeCount: 688, changes: 696 };

/**
 * One case as bytes: `{codeOffset, code, registers (16 bigints), flags, fsBase, gsBase, fx,
 * patches: [{address, bytes}]}`.
 */
export function encodeRequest(view, at, test) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, REQUEST_BYTES);
  bytes.fill(0);
  view.setUint32(at, test.codeOffset, true);
  // What lies beyond the end of the code pages cannot be fetched.
  const code = test.code.subarray(0, CODE_BYTES - test.codeOffset);
  view.setUint32(at + 4, code.length, true);
  bytes.set(code, AT.code);
  test.registers.forEach((value, n) => {
    view.setBigUint64(at + AT.registers + n * 8, value, true);
  });
  view.setBigUint64(at + AT.flags, BigInt(test.flags), true);
  view.setBigUint64(at + AT.fs, test.fsBase, true);
  view.setBigUint64(at + AT.gs, test.gsBase, true);
  bytes.set(test.fx, AT.fx);
  view.setUint32(at + AT.patches, test.patches.length, true);
  test.patches.forEach(({ address, bytes: patch }, n) => {
    const to = AT.patches + 8 + n * (8 + PATCH_BYTES);
    view.setBigUint64(at + to, BigInt(address), true);
    bytes.set(patch, to + 8);
  });
}

/** What became of a case; `changes` are the 8-byte words of memory that differ from before. */
export function decodeResponse(view, at) {
  const word = (offset) => view.getBigUint64(at + offset, true);
  const changeCount = view.getUint32(at + OF.changeCount, true);
  return {
    signal: view.getUint32(at, true),
    code: view.getInt32(at + 4, true),
    address: word(8),
    trap: Number(word(16)),
    error: Number(word(24)),
    ip: word(OF.ip),
    registers: Array.from({ length: 16 }, (_, n) => word(OF.registers + n * 8)),
    flags: Number(word(OF.flags)),
    fx: new Uint8Array(view.buffer, view.byteOffset + at + OF.fx, FX_BYTES).slice(),
    changeCount,
    changes: Array.from({ length: Math.min(changeCount, MAX_CHANGES) }, (_, n) => ({
      address: Number(word(OF.changes + n * 16)),
      value: word(OF.changes + n * 16 + 8),
    })),
  };
}
