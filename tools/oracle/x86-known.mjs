/**
 * Where the decoder and objdump differ, and who is right: patterns of objdump's text and of ours,
 * each with the reason. What is not here is an error.
 */
const KNOWN = [
  [/^lock /, /^\(bad\)$/, 'LOCK raises #UD on what does not take it or writes no memory'],
  [/[ ,]\?|^mov cs,/, /^\(bad\)$/, 'there is no such segment register, or it is CS'],
  [/^\(bad\)/, /^\(bad\)$/, 'both call it undefined'],
  [/^\(bad\)$/, /^[lms]fence$/, 'any r/m makes these fences; objdump knows 0 only'],
  [/^(rex(\.[WRXB]+)?)?$/, /^(\(bad\)|fwait)$/, 'REX, objdump calls an instruction by itself'],
  [
    /^mov ([cd]r\d+,|\w+,[cd]r)/,
    /^\(bad\)$/,
    'ModRM.mod of these is ignored; only 3 is in the table',
  ],
  [/./, /^fwait$/, 'WAIT behind other prefixes'],
  [/^\.byte/, /^\(bad\)$/, 'cut off by the end of the section'],
  [/^(femms|pf\w+|pi2f\w+|pmulhrw|pswapd|pavgusb)\b/, /^\(bad\)$/, '3DNow!, which is absent'],
  [/^xcrypt|^xstore|^xsha|^montmul/, /^\(bad\)$/, 'PadLock, which is absent'],
  [/^bnd(ldx|stx|mov|cl|cn|cu|mk)\b/, /^nop /, 'MPX is absent, and its encodings are NOPs'],
  [/^(cldemote|prefetchit\d) /, /^nop /, 'a hint that is absent is a NOP'],
  [/^(jmp|call|j\w+)w? [^,]*$/, /^(\(bad\)|j|call)/, 'vendors differ on 66 before a near branch'],
  [/^j\w+,p[nt] /, /^j\w+ /, 'branch hints do nothing'],
  [/^(lar|lsl) /, /^(lar|lsl) /, 'objdump names the source by the operand size; it has 16 bits'],
  [
    /^f(ldenv|nstenv|nsave|rstor)w /,
    /^f(ldenv|nstenv|nsave|rstor) /,
    'the name of the 16-bit form',
  ],
  [/^frstpm/, /^\(bad\)$/, 'an instruction of the 80287'],
  [
    /^movsxd \w+,(DWORD|\w+$)/,
    /^movsxd \w+,(WORD|\w+$)/,
    'MOVSXD reads as much as it writes with 66',
  ],
  [/DWORD PTR/, /^(jmp|call|l[sfg]s) .*FWORD PTR/, 'REX.W wins over 66 in a far pointer'],
  [/^nop$/, /^xchg ax,ax$/, 'a NOP by what it does'],
  [/^pclmul/, /^pclmulqdq /, 'objdump looks at too few bits of the immediate'],
  [/^xchg rax,rax$/, /^nop$/, 'a NOP by its opcode'],
  [/^mov (al|ax|eax|rax),[df]?[sg]?s?:|^mov \ws:0x/, /^movabs /, 'another name'],
];

/** The reason why a difference is none, or null. */
export function knownDifference(theirs, ours) {
  const row = KNOWN.find(([their, our]) => their.test(theirs) && our.test(ours));
  return row === undefined ? null : row[2];
}
