/** Numbers as people read them. Locale-free, so that the same run prints the same bytes anywhere. */

/** An address: at least eight hexadecimal digits, `0x20000a10`. Exact below 2^53. */
export function hexText(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}

/** A count with its thousands marked: `1,234,567`. */
export function countText(count: number): string {
  const digits = String(Math.trunc(Math.abs(count)));
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return count < 0 ? `-${grouped}` : grouped;
}

/** `1 block`, `2 blocks`. */
export function amountText(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `part` of `whole` in percent with one decimal; `0.0 %` of nothing. */
export function percentText(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}
