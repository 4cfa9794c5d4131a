/**
 * Doubles as decimal digits, exactly: a double is a whole number times a power of two, and its
 * digits come by whole numbers alone. Ties round away from zero, as the C library of the system
 * does.
 */

export interface Decimal {
  readonly isNegative: boolean;
  /** Digits without leading zeros; `0` for zero. */
  readonly digits: string;
  /** How many of them stand before the point; may be negative or more than there are. */
  readonly point: number;
}

const MANTISSA_BITS = 52n;
const SMALLEST_EXPONENT = -1074;

/** The exact digits of a finite number. */
export function exactDecimal(value: number): Decimal {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const isNegative = bits >> 63n === 1n;
  const field = Number((bits >> MANTISSA_BITS) & 0x7ffn);
  const fraction = bits & ((1n << MANTISSA_BITS) - 1n);
  const mantissa = field === 0 ? fraction : fraction | (1n << MANTISSA_BITS);
  const exponent = Math.max(field, 1) - 1 + SMALLEST_EXPONENT;
  if (mantissa === 0n) return { isNegative, digits: '0', point: 1 };
  if (exponent >= 0) {
    const digits = (mantissa << BigInt(exponent)).toString();
    return { isNegative, digits, point: digits.length };
  }
  // m / 2^k is m * 5^k / 10^k.
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString();
  return { isNegative, digits, point: digits.length + exponent };
}

/** Digits rounded to `count` of them, at least one; `point` grows when they carry over. */
function rounded({ isNegative, digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) {
    return { isNegative, digits: digits.padEnd(count, '0'), point };
  }
  if (count < 0) return { isNegative, digits: '', point };
  const up = digits.charCodeAt(count) >= 0x35;
  const kept = digits.slice(0, count);
  if (!up) return { isNegative, digits: kept, point };
  const next = (BigInt(kept === '' ? '0' : kept) + 1n).toString().padStart(count, '0');
  const grows = next.length > count ? 1 : 0;
  return { isNegative, digits: next, point: point + grows };
}

/** `digits.fraction` with so many digits behind the point; the sign is not in it. */
export function fixedText(value: number, precision: number, keepsPoint: boolean): string {
  const exact = exactDecimal(Math.abs(value));
  const { digits, point } = rounded(exact, exact.point + precision);
  const all = point <= 0 ? `${'0'.repeat(1 - point)}${digits}` : digits;
  const whole = Math.max(point, 1);
  const padded = all.padEnd(whole + precision, '0');
  const fraction = padded.slice(whole, whole + precision);
  return `${padded.slice(0, whole)}${precision > 0 || keepsPoint ? '.' : ''}${fraction}`;
}

/** `d.ddde+xxx` with so many digits behind the point and at least so many in the exponent. */
export function exponentText(
  value: number,
  precision: number,
  keepsPoint: boolean,
  exponentDigits: number,
): string {
  const { digits, exponent } = significant(value, precision + 1);
  const mark = precision > 0 || keepsPoint ? '.' : '';
  const sign = exponent < 0 ? '-' : '+';
  const tail = String(Math.abs(exponent)).padStart(exponentDigits, '0');
  return `${digits[0]}${mark}${digits.slice(1)}e${sign}${tail}`;
}

/** The shorter of both with so many significant digits; zeros at the end go unless they are kept. */
export function generalText(
  value: number,
  precision: number,
  keepsZeros: boolean,
  exponentDigits: number,
): string {
  const count = Math.max(1, precision);
  const { exponent } = significant(value, count);
  if (exponent < -4 || exponent >= count) {
    const text = exponentText(value, count - 1, keepsZeros, exponentDigits);
    return keepsZeros ? text : text.replace(/\.?0*e/, 'e');
  }
  const text = fixedText(value, count - 1 - exponent, keepsZeros);
  return keepsZeros || !text.includes('.') ? text : text.replace(/\.?0*$/, '');
}

function significant(value: number, count: number): { digits: string; exponent: number } {
  const exact = exactDecimal(Math.abs(value));
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  const { digits, point } = rounded(exact, count);
  return { digits: digits.slice(0, count), exponent: point - 1 };
}

/** `0x1.8p+1`; without a precision as many digits as `fullDigits` asks for. */
export function hexText(value: number, precision: number, keepsPoint: boolean): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const field = Number(bits >> MANTISSA_BITS);
  let fraction = bits & ((1n << MANTISSA_BITS) - 1n);
  let lead = field === 0 ? 0n : 1n;
  const exponent = value === 0 ? 0 : Math.max(field, 1) - 1023;
  const FULL = 13;
  const places = precision < 0 ? FULL : Math.min(precision, FULL);
  if (places < FULL) {
    const drop = BigInt(4 * (FULL - places));
    const whole = ((lead << MANTISSA_BITS) | fraction) + (1n << (drop - 1n));
    lead = whole >> MANTISSA_BITS;
    fraction = whole & ((1n << MANTISSA_BITS) - 1n);
  }
  const digits = fraction.toString(16).padStart(FULL, '0').slice(0, places);
  const padded = digits.padEnd(Math.max(precision, places), '0');
  const mark = padded.length > 0 || keepsPoint ? '.' : '';
  return `0x${lead}${mark}${padded}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}
