/**
 * qsort and bsearch as the system's library does them: programs see which elements are compared and
 * where equal ones end. Parts of up to eight elements have their largest moved to the end, again and
 * again; larger ones are split around the middle of three.
 *
 * @see Microsoft, "qsort": "an implementation of the quick-sort algorithm"; the order of comparisons
 * as seen under Wine
 */
import type { Call } from '../call.ts';
import { type CallStep, callStep, type Steps } from '../call-steps.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

/** Parts with no more elements are sorted by selection. */
const CUTOFF = 8;

type Comparison = Generator<CallStep, number, number>;

/** The elements of an array of the program's, by their addresses. */
class Elements {
  readonly size: number;
  private readonly c: Call;
  private readonly function_: number;

  constructor(c: Call, size: number, function_: number) {
    this.c = c;
    this.size = size;
    this.function_ = function_;
  }

  *compare(a: number, b: number): Comparison {
    return (yield callStep(this.function_, a, b)) | 0;
  }

  swap(a: number, b: number): void {
    if (a === b) return;
    const { memory } = this.c;
    const bytes = memory.read(a, this.size);
    memory.write(a, memory.read(b, this.size));
    memory.write(b, bytes);
  }
}

function* selectLargest(
  array: Elements,
  low: number,
  last: number,
): Generator<CallStep, void, number> {
  const { size } = array;
  for (let high = last; high > low; high -= size) {
    let largest = low;
    for (let at = low + size; at <= high; at += size) {
      if ((yield* array.compare(at, largest)) > 0) largest = at;
    }
    array.swap(largest, high);
  }
}

/** Puts the middle of three in the middle, the smallest first, the largest last. */
function* orderThree(
  array: Elements,
  low: number,
  middle: number,
  high: number,
): Generator<CallStep, void, number> {
  if ((yield* array.compare(low, middle)) > 0) array.swap(low, middle);
  if ((yield* array.compare(low, high)) > 0) array.swap(low, high);
  if ((yield* array.compare(middle, high)) > 0) array.swap(middle, high);
}

/** What lies left and right of a split. */
interface Split {
  readonly left: number;
  readonly right: number;
}

function* split(
  array: Elements,
  low: number,
  high: number,
  pivot: number,
): Generator<CallStep, Split, number> {
  const { size } = array;
  let middle = pivot;
  let right = low;
  let left = high;
  for (;;) {
    // The pivot itself is passed without being compared.
    if (middle > right) {
      do right += size;
      while (right < middle && (yield* array.compare(right, middle)) <= 0);
    }
    if (middle <= right) {
      do right += size;
      while (right < left && (yield* array.compare(right, middle)) <= 0);
    }
    do left -= size;
    while (left > middle && (yield* array.compare(left, middle)) > 0);
    if (left < right) break;
    array.swap(right, left);
    if (middle === left) middle = right;
  }
  // What equals the pivot is in its place already.
  left += size;
  if (middle < left) {
    do left -= size;
    while (left > middle && (yield* array.compare(left, middle)) === 0);
  }
  if (middle >= left) {
    do left -= size;
    while (left > low && (yield* array.compare(left, middle)) === 0);
  }
  return { left, right };
}

function* sort(c: Call): Steps {
  const [base, count, size] = [c.word(0), c.word(1), c.word(2)];
  const array = new Elements(c, size, c.word(3));
  if (count < 2 || size === 0) return 0;
  const parts: [low: number, high: number][] = [[base, base + (count - 1) * size]];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [low, high] = part;
    if (c.memory.mmu.faulted) return 0;
    const length = (high - low) / size + 1;
    if (length <= CUTOFF) {
      yield* selectLargest(array, low, high);
      continue;
    }
    const middle = low + Math.floor(length / 2) * size;
    yield* orderThree(array, low, middle, high);
    const { left, right } = yield* split(array, low, high, middle);
    // The smaller part is next; the larger one waits.
    const both: [number, number][] = [
      [low, left],
      [right, high],
    ];
    if (left - low < high - right) both.reverse();
    for (const one of both) if (one[0] < one[1]) parts.push(one);
  }
  return 0;
}

function* search(c: Call): Steps {
  const [key, base, size] = [c.word(0), c.word(1), c.word(3)];
  const array = new Elements(c, size, c.word(4));
  let low = 0;
  let high = c.word(2) - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const order = yield* array.compare(key, base + middle * size);
    if (order === 0) return base + middle * size;
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return 0;
}

export const SORT_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  'qsort(base: pointer, count: u64, size: u64, compare: pointer)': sort,
  'bsearch(key: pointer, base: pointer, count: u64, size: u64, compare: pointer): pointer': search,
});
