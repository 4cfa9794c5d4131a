/**
 * Brings objdump's text and ours to one form: what differs only in how it is written is no
 * difference. Prefixes without an effect, which objdump prints, are dropped.
 */

/** Prefixes that objdump prints as words. */
const PREFIXES =
  /^(?:(?:data16|addr32|cs|ds|es|ss|fs|gs|bnd|notrack|rex(?:\.[WRXB]+)?|xacquire|xrelease|repz|repnz|rep) )+/;
const STRING = /^(?:movs|stos|lods|cmps|scas|ins|outs) /;

const PREDICATES = ['eq', 'lt', 'le', 'unord', 'neq', 'nlt', 'nle', 'ord'];
const CARRYLESS = { lqlq: 0, hqlq: 1, lqhq: 0x10, hqhq: 0x11 };

/** objdump's names of instructions that also have an immediate. */
function withImmediate(text) {
  const compare = /^cmp(eq|lt|le|unord|neq|nlt|nle|ord)(ps|pd|ss|sd) (.*)$/.exec(text);
  if (compare !== null) {
    return `cmp${compare[2]} ${compare[3]},0x${PREDICATES.indexOf(compare[1])}`;
  }
  const product = /^pclmul([lh]q[lh]q)dq (.*)$/.exec(text);
  return product === null
    ? text
    : `pclmulqdq ${product[2]},0x${CARRYLESS[product[1]].toString(16)}`;
}

/** objdump prints these with a wait, as their assemblers' names do. */
const WAITING = {
  fstcw: 'fnstcw',
  fstsw: 'fnstsw',
  fstenv: 'fnstenv',
  fsave: 'fnsave',
  finit: 'fninit',
  fclex: 'fnclex',
};

/** Instructions of extensions that the table has no rows of: AVX, AVX-512, SHA, TSX, and so on. */
const ABSENT =
  /^(v[a-z0-9]+|k[a-z]+[bwdq]|sha(1|256)\w+|x(begin|end|abort|test)|gf2p8\w+|incssp[dq]|encls|enclu|tpause|umwait|umonitor|rdpkru|invpcid|movdir\w+|ptwrite|serialize|cldemote)\b/;

export function isAbsent(text) {
  return ABSENT.test(text);
}

/** Drops the prefixes that change nothing; keeps REP where it repeats. */
function withoutIdlePrefixes(text) {
  let repeat = '';
  const rest = text.replace(PREFIXES, (prefixes) => {
    repeat = /\b(?:repz|repnz|rep) /.exec(prefixes)?.[0] ?? '';
    return '';
  });
  return STRING.test(rest) ? repeat + rest : rest;
}

const unsigned = (sign, digits) =>
  `0x${BigInt.asUintN(64, BigInt(digits) * (sign === '-' ? -1n : 1n)).toString(16)}`;

/** Segments that do nothing; an index register that is none. */
function addressForm(text) {
  return text
    .replace(/\b(?:cs|ss|es|ds):(?=\[)(?!\[[er]?di\]|\[[er]?si\])/, '')
    .replace(/\b(?:cs|ss|es):(0x)/, 'ds:$1')
    .replace(/(\[[^\]]+)\+[re]iz\*\d/, '$1')
    .replace(/([fg]s:)?\[[re]iz\*\d([+-])(0x[0-9a-f]+)\]/, (_, segment, sign, digits) => {
      return `${segment ?? 'ds:'}${unsigned(sign, digits)}`;
    });
}

/** Names that objdump varies with the operand size, or writes otherwise. */
const ALIASES = [
  [/^(push|pop|pushf|popf|enter|leave|retf|iret|call|jmp|ret)[wq]\b/, '$1'],
  [/^xlat .*/, 'xlat'],
  [/^pcmpestr([im])q /, 'pcmpestr$1 '],
  [/OWORD PTR/, 'XMMWORD PTR'],
  [/^lddqu (xmm\d+),/, 'lddqu $1,XMMWORD PTR '],
];

/**
 * objdump's text in our form.
 *
 * @param isWaiting  whether a WAIT in front was taken off
 */
export function normaliseTheirs(text, isWaiting = false) {
  let rest = text
    .replace(/\s*#.*$/, '')
    .replace(/\s*<[^>]*>$/, '')
    .replace(/\((?:8087|287) only\)/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const isLocked = /(^| )lock /.test(rest);
  rest = rest.replace(/(^| )lock /, '$1').trim();
  rest = withoutIdlePrefixes(rest);
  rest = addressForm(rest);
  if (/^(j\w+|call|loop\w*|xbegin) [0-9a-f]+$/.test(rest)) rest = rest.replace(' ', ' 0x');
  rest = withImmediate(rest);
  for (const [pattern, ours] of ALIASES) rest = rest.replace(pattern, ours);
  if (rest === 'xchg ax,ax') rest = 'nop';
  if (isWaiting) rest = rest.replace(/^\w+/, (name) => WAITING[name] ?? name);
  return (isLocked ? 'lock ' : '') + rest;
}
