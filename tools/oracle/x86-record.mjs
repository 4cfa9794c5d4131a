/**
 * Records what the real processor does with cases of the integer, x87, vector or MMX rows that our
 * engine lifts, for the tests of packages/cpu to compare with where there is no such processor.
 *
 *   node tools/oracle/x86-record.mjs [--family integer|stack|vector|mmx] [--per-row N] [--seed S]
 *
 * Writes x86-truth/FAMILY.txt, where stack is x87: comment lines, the data pages in base64, then
 * one case a line. Its fields are tabs apart: where and what code, registers, flags, bases of FS
 * and GS, patches of memory, what is undefined, the text; then signal, code, address and exception,
 * ip, registers that changed, flags, words of memory that changed. Numbers are hexadecimal. Rows of
 * x87 have three more: the state before, as control, status, tags and ST0 to ST7, the condition
 * bits that are undefined, and the state after. Rows of vectors have two: MXCSR and xmm0 to xmm15
 * before, then MXCSR and those that changed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isLifted } from '../../packages/cpu/dist/isa/x86-64/x86-isa.js';
import { X87_ROWS } from '../../packages/cpu/dist/isa/x86-64/x87-rows.js';
import { CaseMaker } from './x86-cases.mjs';
import { leftOut } from './x86-left-out.mjs';
import { NativeProcessor, processorFeatures, processorName } from './x86-native.mjs';

const { values } = parseArgs({
  options: {
    family: { type: 'string', default: 'integer' },
    'per-row': { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});

/** Rows on general registers and memory alone. */
const isInteger = (row) =>
  !X87_ROWS.includes(row) &&
  !/^(fx|emms|(ld|st)mxcsr)/.test(row.mnemonic) &&
  row.form.operands.every(({ file }) => file === 'general');

const FILE = new URL(`./x86-truth/${values.family}.txt`, import.meta.url);
/** What stores the addresses of the last instruction stores none here: the first one of a case. */
const STORES_IMAGE = /^fn(save|stenv)$/;

const hex = (value) => value.toString(16);
const bytesText = (bytes) => Buffer.from(bytes).toString('hex');

function caseText(test) {
  const undefinedText = [
    hex(test.undefinedFlags),
    test.undefinedWhenZero ? hex(test.destination) : '-',
  ];
  return [
    hex(test.start),
    bytesText(test.code),
    test.registers.map(hex).join(' '),
    hex(test.flags),
    hex(test.fsBase),
    hex(test.gsBase),
    test.patches.map(({ address, bytes }) => `${hex(address)}:${bytesText(bytes)}`).join(' '),
    undefinedText.join(' '),
    test.texts.join('; '),
  ];
}

function outcomeText(test, outcome) {
  const changed = outcome.registers.flatMap((value, n) =>
    value === test.registers[n] ? [] : [`${hex(n)}:${hex(value)}`],
  );
  const { signal, code, address, trap } = outcome;
  return [
    [hex(signal), hex(code), hex(address), hex(trap)].join(' '),
    hex(outcome.ip),
    changed.join(' '),
    hex(outcome.flags),
    outcome.changes.map(({ address: at, value }) => `${hex(at)}:${hex(value)}`).join(' '),
  ];
}

function stateText(fx) {
  const registers = Array.from({ length: 8 }, (_, n) => fx.subarray(32 + n * 16, 42 + n * 16));
  return [fx.subarray(0, 5), ...registers].map(bytesText).join(' ');
}

const MXCSR_AT = 24;
const mxcsrOf = (fx) => bytesText(fx.subarray(MXCSR_AT, MXCSR_AT + 2));
const vectorOf = (fx, n) => bytesText(fx.subarray(160 + n * 16, 176 + n * 16));
const NUMBERS = Array.from({ length: 16 }, (_, n) => n);

function vectorText(test, outcome) {
  const changed = NUMBERS.filter((n) => vectorOf(test.fx, n) !== vectorOf(outcome.fx, n));
  return [
    [mxcsrOf(test.fx), ...NUMBERS.map((n) => vectorOf(test.fx, n))].join(' '),
    [mxcsrOf(outcome.fx), ...changed.map((n) => `${hex(n)}:${vectorOf(outcome.fx, n)}`)].join(' '),
  ];
}

function stackText(test, outcome) {
  return [stateText(test.fx), hex(test.undefinedConditions), stateText(outcome.fx)];
}

/** The fields of a family beyond those that all have. */
const MORE_FIELDS = {
  integer: () => [],
  stack: stackText,
  vector: vectorText,
  mmx: (test, outcome) => [...stackText(test, outcome), ...vectorText(test, outcome)],
};

/** Rows that use the registers of both. */
function isMmx({ operands, mnemonic }) {
  return operands.some(({ file }) => file === 'mm') || /^(emms|fxrstor)/.test(mnemonic);
}

const WANTED = {
  integer: isInteger,
  stack: (row) => X87_ROWS.includes(row),
  vector: ({ operands, mnemonic }) =>
    !isMmx({ operands, mnemonic }) &&
    (operands.some(({ file }) => file === 'xmm') || /mxcsr$/.test(mnemonic)),
  mmx: isMmx,
};
const isWanted = WANTED[values.family];
const admits = (row) => isLifted(row) && isWanted(row);
const isLeftOut = (row) => (STORES_IMAGE.test(row.mnemonic) ? null : leftOut(row));

async function main() {
  const seed = Number(values.seed);
  const maker = new CaseMaker(processorFeatures(), null, new Set(), admits, isLeftOut);
  const data = CaseMaker.data(seed);
  const processor = new NativeProcessor(data);
  const count = maker.rows.length * Number(values['per-row']);
  const cases = Array.from({ length: count }, (_, n) => maker.make(seed, n));
  const outcomes = await processor.run(cases);
  processor.close();
  const lines = cases.flatMap((test, n) =>
    // More changed words than the runner tells of cannot be compared, and a timer proves nothing.
    outcomes[n].changeCount > outcomes[n].changes.length || outcomes[n].signal === 14
      ? []
      : [
          [
            ...caseText(test),
            ...outcomeText(test, outcomes[n]),
            ...MORE_FIELDS[values.family](test, outcomes[n]),
          ].join('\t'),
        ],
  );
  const header = [
    `# ${processorName()}, by tools/oracle/x86-native/runner.c`,
    `# made by: node tools/oracle/x86-record.mjs --family ${values.family} --per-row ${values['per-row']} --seed ${seed}`,
    Buffer.from(data).toString('base64'),
  ];
  mkdirSync(new URL('.', FILE), { recursive: true });
  writeFileSync(FILE, `${[...header, ...lines].join('\n')}\n`);
  console.log(`${lines.length} cases of ${maker.rows.length} rows recorded`);
}

await main();
