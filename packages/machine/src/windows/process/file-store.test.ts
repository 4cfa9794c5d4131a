/** The tree of files that a Windows program sees, over a folder of the host's that is made up. */
import { describe, expect, test } from 'vitest';
import type { HostFile, HostStatus, HostTree } from '../../host-tree.ts';
import type { FileNode } from './file-node.ts';
import { FileStore, NODE_BYTES } from './file-store.ts';

const NOW = 133_485_408_000_000_000n;
const TIME = { seconds: 1_000_000_000, nanoseconds: 500 };
const ENOENT = 2;

/** Files by path, folders as null, links as `-> target`; writes below `open/` go through. */
class MadeUpTree implements HostTree {
  readonly files: Map<string, string | null>;

  constructor(files: Readonly<Record<string, string | null>>) {
    this.files = new Map(Object.entries(files));
  }

  status(path: string): HostStatus | number {
    const text = path === '' ? null : this.files.get(path);
    if (text === undefined) return -ENOENT;
    const isLink = text?.startsWith('-> ') === true;
    return {
      kind: text === null ? 'directory' : isLink ? 'link' : 'file',
      mode: 0,
      number: 1,
      device: 1,
      links: 1,
      uid: 0,
      gid: 0,
      size: text?.length ?? 0,
      special: 0,
      accessed: TIME,
      modified: TIME,
      changed: TIME,
      born: TIME,
    };
  }

  list(path: string): string[] {
    const start = path === '' ? '' : `${path}/`;
    return [...this.files.keys()]
      .filter((name) => name.startsWith(start) && !name.slice(start.length).includes('/'))
      .map((name) => name.slice(start.length));
  }

  readLink(path: string): string {
    return this.files.get(path)!.slice(3);
  }

  open(path: string): HostFile {
    const bytes = (): Uint8Array => new TextEncoder().encode(this.files.get(path) ?? '');
    return {
      size: bytes().length,
      read: (offset, to) => {
        const part = bytes().subarray(offset, offset + to.length);
        to.set(part);
        return part.length;
      },
      write: (offset, from) => {
        const before = this.files.get(path) ?? '';
        this.files.set(path, before.slice(0, offset) + new TextDecoder().decode(from));
        return from.length;
      },
      resize: (length) => {
        this.files.set(path, (this.files.get(path) ?? '').slice(0, length));
        return 0;
      },
      close: () => {},
    };
  }

  writesThrough(path: string): boolean {
    return path === 'open' || path.startsWith('open/');
  }

  createFile(path: string): number {
    this.files.set(path, '');
    return 0;
  }

  createDirectory(path: string): number {
    this.files.set(path, null);
    return 0;
  }

  remove(path: string): number {
    return this.files.delete(path) ? 0 : -ENOENT;
  }

  rename(from: string, to: string): number {
    for (const [name, text] of [...this.files]) {
      if (name !== from && !name.startsWith(`${from}/`)) continue;
      this.files.delete(name);
      this.files.set(to + name.slice(from.length), text);
    }
    return 0;
  }

  link(): number {
    return -1;
  }

  setMode(): number {
    return -1;
  }

  setTimes(): number {
    return 0;
  }
}

function make(files: Readonly<Record<string, string | null>>, memoryBytes = 1 << 20) {
  const tree = new MadeUpTree(files);
  return { tree, store: new FileStore(tree, memoryBytes, () => NOW) };
}

function node(found: FileNode | number): FileNode {
  if (typeof found === 'number') throw new Error(`error ${found}`);
  return found;
}

function text(found: FileNode | number): string {
  const { content } = node(found);
  const bytes = new Uint8Array(content!.size);
  content!.read(0, bytes);
  return new TextDecoder().decode(bytes);
}

const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);
const OPEN = { read: true, write: true, remove: false, share: 3 };

describe('names', () => {
  const { store } = make({ Folder: null, 'Folder/File.TXT': 'text', out: '-> ../../Folder' });

  test('are found whatever their case, and keep it', () => {
    expect(text(store.find('/fOLDER/file.txt'))).toBe('text');
    expect(node(store.find('/folder')).name).toBe('Folder');
  });

  test('that are missing are told from folders that are', () => {
    expect(store.find('/folder/none')).toBe(2);
    expect(store.find('/none/file')).toBe(3);
    expect(store.find('/folder/a|b')).toBe(123);
  });

  test('of links stay inside', () => {
    expect(text(store.find('/out/file.txt'))).toBe('text');
  });

  test('have the times of the host', () => {
    const { written } = node(store.find('/folder/file.txt')).times;
    expect(written).toBe((11_644_473_600n + 1_000_000_000n) * 10_000_000n + 5n);
  });
});

describe('changes in memory', () => {
  test('do not reach the host', () => {
    const { tree, store } = make({ file: 'before' });
    expect(node(store.find('/file')).content!.write(2, bytes('XYZ-longer'))).toBe(10);
    expect(text(store.find('/file'))).toBe('beXYZ-longer');
    expect(store.createFolder('/new')).toBe(0);
    expect(store.rename('/file', '/new/other', false)).toBe(0);
    expect(store.find('/file')).toBe(2);
    expect(text(store.find('/new/OTHER'))).toBe('beXYZ-longer');
    expect([...tree.files]).toEqual([['file', 'before']]);
  });

  test('cut and lengthen with zeros', () => {
    const { store } = make({ file: '0123456789' });
    const { content } = node(store.find('/file'));
    expect(content!.resize(4)).toBe(0);
    expect(content!.resize(6)).toBe(0);
    expect(text(store.find('/file'))).toBe('0123\0\0');
  });

  test('end where memory does', () => {
    const { store } = make({}, 1000 + NODE_BYTES);
    const { content } = node(store.create('/file'));
    expect(content!.write(0, new Uint8Array(900))).toBe(900);
    expect(content!.write(900, new Uint8Array(200))).toBe(-28);
    expect(content!.write(2 ** 39, new Uint8Array(1))).toBe(-28);
    expect(store.remove('/file')).toBe(0);
    expect(node(store.create('/other')).content!.write(0, new Uint8Array(900))).toBe(900);
  });

  test('take memory for each name', () => {
    const { store } = make({}, 3 * NODE_BYTES);
    expect([1, 2, 3].map((n) => typeof store.create(`/${n}`))).toEqual(Array(3).fill('object'));
    expect(store.create('/4')).toBe(112);
    expect(store.createFolder('/4')).toBe(112);
    expect(store.remove('/1')).toBe(0);
    expect(store.createFolder('/4')).toBe(0);
  });

  test('of a folder need it empty', () => {
    const { store } = make({ folder: null, 'folder/file': '' });
    expect(store.removeFolder('/folder')).toBe(145);
    expect(store.remove('/folder')).toBe(5);
    expect(store.remove('/folder/file')).toBe(0);
    expect(store.removeFolder('/folder')).toBe(0);
    expect(store.find('/folder')).toBe(2);
  });

  test('do not move a folder into itself', () => {
    const { store } = make({ folder: null });
    expect(store.rename('/folder', '/folder/inner', false)).toBe(32);
  });

  test('replace a file only when they may', () => {
    const { store } = make({ one: '1', two: '22' });
    expect(store.rename('/one', '/two', false)).toBe(183);
    node(store.find('/two')).attributes = 1;
    expect(store.rename('/one', '/two', true)).toBe(5);
    expect(text(store.find('/two'))).toBe('22');
    node(store.find('/two')).attributes = 0;
    expect(store.rename('/one', '/two', true)).toBe(0);
    expect(text(store.find('/two'))).toBe('1');
  });
});

describe('changes below what writes go through to', () => {
  test('are made on the host', () => {
    const { tree, store } = make({ open: null, 'open/old': 'old' });
    expect(store.createFolder('/open/folder')).toBe(0);
    node(store.create('/open/folder/new')).content!.write(0, bytes('words'));
    expect(store.rename('/open/folder', '/open/moved', false)).toBe(0);
    expect(store.remove('/open/old')).toBe(0);
    expect([...tree.files]).toEqual([
      ['open', null],
      ['open/moved', null],
      ['open/moved/new', 'words'],
    ]);
    node(store.find('/open/moved/new')).content!.write(0, bytes('other'));
    expect(tree.files.get('open/moved/new')).toBe('other');
  });

  test('are apart from those in memory', () => {
    const { store } = make({
      open: null,
      'open/file': 'through',
      other: null,
      'other/file': 'kept',
    });
    expect(store.rename('/open/file', '/other/file', true)).toBe(5);
    expect(text(store.find('/open/file'))).toBe('through');
    expect(text(store.find('/other/file'))).toBe('kept');
  });
});

describe('links of the host', () => {
  const FILES = {
    open: null,
    'open/file': 'text',
    'open/folder': null,
    'open/folder/inside': 'inner',
    'open/link': '-> file',
    'open/way': '-> folder',
    outside: '-> open/file',
  };

  test('are removed themselves, not what they lead to', () => {
    const { tree, store } = make(FILES);
    expect(text(store.find('/open/link'))).toBe('text');
    expect(store.remove('/open/link')).toBe(0);
    expect(store.find('/open/link')).toBe(2);
    expect([...tree.files.keys()]).not.toContain('open/link');
    expect(tree.files.get('open/file')).toBe('text');
  });

  test('that writes do not go through to stay, whatever they lead to', () => {
    const { tree, store } = make(FILES);
    expect(store.remove('/outside')).toBe(0);
    expect(store.find('/outside')).toBe(2);
    expect([...tree.files]).toEqual(Object.entries(FILES));
  });

  test('have another name themselves, and lead to the same', () => {
    const { tree, store } = make(FILES);
    expect(text(store.find('/open/way/inside'))).toBe('inner');
    expect(store.rename('/open/way', '/open/road', false)).toBe(0);
    expect(tree.files.get('open/road')).toBe('-> folder');
    expect(tree.files.get('open/folder/inside')).toBe('inner');
    expect(text(store.find('/open/road/inside'))).toBe('inner');
  });

  test('lead writes to what they lead to', () => {
    const { tree, store } = make(FILES);
    node(store.find('/open/link')).content!.write(0, bytes('TEXT'));
    node(store.create('/open/way/new')).content!.write(0, bytes('new'));
    expect(tree.files.get('open/file')).toBe('TEXT');
    expect(tree.files.get('open/folder/new')).toBe('new');
  });
});

describe('handles', () => {
  test('keep others away that they do not share with', () => {
    const { store } = make({ file: '' });
    const file = node(store.find('/file'));
    file.handles.add({ read: true, write: false, remove: false, share: 1 });
    expect(file.mayShare({ read: true, write: false, remove: false, share: 1 })).toBe(true);
    expect(file.mayShare(OPEN)).toBe(false);
    expect(store.remove('/file')).toBe(32);
    expect(store.rename('/file', '/other', false)).toBe(32);
  });

  test('keep a file that is removed until the last one is closed', () => {
    const { store } = make({ file: 'kept' });
    const file = node(store.find('/file'));
    const handle = { ...OPEN, share: 7 };
    file.handles.add(handle);
    expect(store.remove('/file')).toBe(0);
    expect(file.isDoomed).toBe(true);
    expect(text(store.find('/file'))).toBe('kept');
    file.handles.delete(handle);
    expect(store.drop(file)).toBe(0);
    expect(store.find('/file')).toBe(2);
  });
});
