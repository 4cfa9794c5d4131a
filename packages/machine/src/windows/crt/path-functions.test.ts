import { expect, test } from 'vitest';
import { pathParts } from './path-functions.ts';

// As _splitpath has them under Wine 8.
test.each([
  ['C:\\folder\\name.txt', ['C:', '\\folder\\', 'name', '.txt']],
  ['name', ['', '', 'name', '']],
  ['a/b\\c.tar.gz', ['', 'a/b\\', 'c.tar', '.gz']],
  ['folder.d\\name', ['', 'folder.d\\', 'name', '']],
  ['.hidden', ['', '', '', '.hidden']],
  ['\\', ['', '\\', '', '']],
])('%s', (path, parts) => {
  expect(pathParts(path)).toEqual(parts);
});
