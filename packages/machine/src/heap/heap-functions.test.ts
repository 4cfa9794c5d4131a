import { expect, test } from 'vitest';
import { HEAP_FUNCTIONS, heapFunction } from './heap-functions.ts';

test('a name is in one row only', () => {
  const names = HEAP_FUNCTIONS.flatMap((row) => row.names);
  expect(names).toHaveLength(new Set(names).size);
});

test('no row reads one argument as two things', () => {
  for (const { names, size, count, align, pointer, oldSize, out } of HEAP_FUNCTIONS) {
    const used = [size, count, align, pointer, oldSize, out].filter((n) => n !== undefined);
    expect(used, names[0]).toHaveLength(new Set(used).size);
    expect(Math.max(...used), names[0]).toBeLessThan(4);
  }
});

test.each([
  ['malloc', { action: 'allocate', size: 0 }],
  ['_malloc_r', { action: 'allocate', size: 1 }],
  ['_calloc_r', { action: 'zeroed', count: 1, size: 2 }],
  ['_realloc_r', { action: 'reallocate', pointer: 1, size: 2 }],
  ['_free_r', { action: 'free', pointer: 1 }],
  ['aligned_alloc', { action: 'allocate', align: 0, size: 1 }],
  ['posix_memalign', { action: 'posix-memalign', out: 0, align: 1, size: 2 }],
  ['malloc_usable_size', { action: 'usable-size', pointer: 0 }],
  ['reallocarray', { action: 'reallocate', pointer: 0, count: 1, size: 2 }],
  ['__minimal_malloc', { action: 'allocate', size: 0 }],
  ['vPortFree', { action: 'free', pointer: 0 }],
  // operator new(unsigned int), new[](unsigned long, nothrow), delete(void*, unsigned int)
  ['_Znwj', { action: 'allocate', size: 0 }],
  ['_ZnamRKSt9nothrow_t', { action: 'allocate', size: 0 }],
  ['_ZdlPvj', { action: 'free', pointer: 0, oldSize: 1 }],
  ['_ZnwjSt11align_val_t', { action: 'allocate', size: 0, align: 1 }],
  ['__rust_alloc', { action: 'allocate', size: 0, align: 1 }],
  ['__rust_realloc', { action: 'reallocate', pointer: 0, oldSize: 1, align: 2, size: 3 }],
])('%s', (name, row) => {
  expect(heapFunction(name)).toMatchObject(row);
});

test('a mangled name of Rust is known by its last part', () => {
  const name = '_RNvCs1234_7___rustc14___rust_dealloc';
  expect(heapFunction(name)).toBe(heapFunction('__rust_dealloc'));
  expect(heapFunction('_RNvCs1234_7___rustc19___rust_alloc_zeroed')?.action).toBe('zeroed');
});

test.each(['mallocs', 'my_free', '', 'main', 'free_list', '__rust_alloc_error_handler'])(
  '%j is no heap function',
  (name) => {
    expect(heapFunction(name)).toBeNull();
  },
);
