/**
 * The inner loop that `bareheap bench mmu` times: one WebAssembly function that loads or stores a
 * word at base + (n * stride & mask), n = 0 … count - 1, with the TLB check that generated code has
 * inline. The MMU's slow path is an import, as it is there. `raw` is the same loop without the
 * check, on host offsets: what an access costs when nothing is translated.
 */

const I32 = 0x7f;
const I64 = 0x7e;
const OP = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  ifI32: [0x04, 0x7f],
  ifVoid: [0x04, 0x40],
  else: [0x05],
  end: [0x0b],
  i32Load: [0x28, 2, 0],
  i64Load: [0x29, 3, 0],
  i32Store: [0x36, 2, 0],
  i32Eqz: [0x45],
  i32Eq: [0x46],
  i64Eq: [0x51],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  i32And: [0x71],
  i32Shl: [0x74],
  i32ShrU: [0x76],
  i64Add: [0x7c],
  i64And: [0x83],
  i64ShrU: [0x88],
  i32Wrap: [0xa7],
  i64ExtendU: [0xad],
};

/** Signed LEB128 of a bigint. */
function leb(value) {
  const bytes = [];
  for (;;) {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    const done = (value === 0n && (low & 0x40) === 0) || (value === -1n && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

/** Unsigned LEB128 of a small number. */
function count(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...count(value >>> 7)];
}

const i32 = (value) => [0x41, ...leb(BigInt(value | 0))];
const i64 = (value) => [0x42, ...leb(BigInt(value))];
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const call = (index) => [0x10, index];
const branchIf = (depth) => [0x0d, depth];
const branch = (depth) => [0x0c, depth];
const vector = (items) => [...count(items.length), ...items.flat()];
const section = (id, bytes) => [id, ...count(bytes.length), ...bytes];
const text = (name) => vector([...name].map((letter) => [letter.charCodeAt(0)]));

// Locals: parameters base, stride, mask, rounds; then those below.
const [BASE, STRIDE, MASK, ROUNDS, OFFSET, SUM, ENTRY, ADDRESS] = [0, 1, 2, 3, 4, 5, 6, 7];

/** Leaves base + offset in ADDRESS, as i64 when the space is wide. */
function address(wide) {
  const offset = [...get(OFFSET), ...get(MASK), ...OP.i32And];
  return wide
    ? [...get(BASE), ...offset, ...OP.i64ExtendU, ...OP.i64Add, ...set(ADDRESS)]
    : [...get(BASE), ...offset, ...OP.i32Add, ...set(ADDRESS)];
}

/** The TLB check: leaves 1 when the tag at `tagOffset` matches. */
function check(tlb, wide, tagOffset) {
  const low = wide
    ? [...get(ADDRESS), ...i64(12), ...OP.i64ShrU, ...OP.i32Wrap]
    : [...get(ADDRESS), ...i32(12), ...OP.i32ShrU];
  const entry = [
    ...low,
    ...[...i32(tlb.entries - 1), ...OP.i32And],
    ...[...i32(Math.log2(tlb.entryBytes)), ...OP.i32Shl],
    ...[...i32(tlb.base), ...OP.i32Add, ...set(ENTRY)],
  ];
  const tag = [...get(ENTRY), ...i32(tagOffset), ...OP.i32Add];
  return wide
    ? [...entry, ...tag, ...OP.i64Load, ...get(ADDRESS), ...i64(-4093), ...OP.i64And, ...OP.i64Eq]
    : [...entry, ...tag, ...OP.i32Load, ...get(ADDRESS), ...i32(-4093), ...OP.i32And, ...OP.i32Eq];
}

function hostOffset(wide) {
  const addend = [...get(ENTRY), ...i32(wide ? 24 : 12), ...OP.i32Add, ...OP.i32Load];
  return [...get(ADDRESS), ...(wide ? OP.i32Wrap : []), ...addend, ...OP.i32Add];
}

/** Low and high half of ADDRESS, for the slow path. */
function halves(wide) {
  if (!wide) return [...get(ADDRESS), ...i32(0)];
  const high = [...get(ADDRESS), ...i64(32), ...OP.i64ShrU, ...OP.i32Wrap];
  return [...get(ADDRESS), ...OP.i32Wrap, ...high];
}

function access(kind, tlb, wide) {
  if (kind === 'raw') return [...get(ADDRESS), ...OP.i32Load, ...accumulate()];
  if (kind === 'load') {
    const hit = [...hostOffset(wide), ...OP.i32Load];
    const value = [...OP.ifI32, ...hit, ...OP.else, ...halves(wide), ...call(0), ...OP.end];
    return [...check(tlb, wide, 0), ...value, ...accumulate()];
  }
  const hit = [...hostOffset(wide), ...get(OFFSET), ...OP.i32Store];
  const miss = [...halves(wide), ...get(OFFSET), ...call(1)];
  const tag = check(tlb, wide, wide ? 8 : 4);
  return [...tag, ...OP.ifVoid, ...hit, ...OP.else, ...miss, ...OP.end];
}

function accumulate() {
  return [...get(SUM), ...OP.i32Add, ...set(SUM)];
}

function body(kind, tlb, wide) {
  const advance = [...get(OFFSET), ...get(STRIDE), ...OP.i32Add, ...set(OFFSET)];
  const step = [...get(ROUNDS), ...i32(1), ...OP.i32Sub, ...set(ROUNDS)];
  const leave = [...get(ROUNDS), ...OP.i32Eqz, ...branchIf(1)];
  const work = [...address(wide), ...access(kind, tlb, wide)];
  const loop = [...OP.loop, ...leave, ...work, ...advance, ...step, ...branch(0), ...OP.end];
  const locals = [[3, I32], [1, wide ? I64 : I32]]; // biome-ignore format: one pair a group
  return [...vector(locals), ...OP.block, ...loop, ...OP.end, ...get(SUM), ...OP.end];
}

/**
 * Compiles the loop over an MMU's memory.
 *
 * @param kind  'load' | 'store' | 'raw'; raw takes a host offset for its base
 * @returns run(base, stride, mask, rounds); base is a bigint in a 48-bit space, except for raw
 */
export function tlbLoop(mmu, kind) {
  const wide = mmu.addressBits === 48 && kind !== 'raw';
  const types = [
    [0x60, ...vector([[I32], [I32]]), ...vector([[I32]])],
    [0x60, ...vector([[I32], [I32], [I32]]), 0],
    [0x60, ...vector([[wide ? I64 : I32], [I32], [I32], [I32]]), ...vector([[I32]])],
  ];
  const imports = [
    [...text('m'), ...text('load'), 0, 0],
    [...text('m'), ...text('store'), 0, 1],
    [...text('m'), ...text('memory'), 2, 0, 1],
  ];
  const code = body(kind, mmu.tlb, wide);
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector(imports)),
    ...section(3, vector([[2]])),
    ...section(7, vector([[...text('run'), 0, 2]])),
    ...section(10, vector([[...count(code.length), ...code]])),
  ]);
  const whole = (low, high) => (high >>> 0) * 2 ** 32 + (low >>> 0);
  const m = {
    memory: mmu.memory,
    load: (low, high) => mmu.loadSlow(whole(low, high), 4) | 0,
    store: (low, high, value) => mmu.storeSlow(whole(low, high), 4, value),
  };
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { m }).exports.run;
}
