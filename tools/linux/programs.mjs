/**
 * Ordinary programs of a Debian system, natively and in bareheap: output and status compared, times
 * beside those of qemu-x86_64.
 *
 *   node tools/linux/programs.mjs [--no-times] [--markdown FILE] [WORD…]
 *
 * Each runs in a fresh folder with the files of SETUP, its environment is ENVIRONMENT and nothing
 * else. What it writes in bareheap stays in memory, so a row that writes reads it back itself.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ENVIRONMENT } from '../guests/linux-manifest.mjs';

const EMULATOR = resolve(import.meta.dirname, '../../apps/emu/bin/bareheap.js');
const LIMIT_MS = 600_000;
const MOST_OUTPUT = 1 << 28;

/** Rows of text that sort, grep and their kin work on. */
function lines(count) {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state;
  };
  return Array.from({ length: count }, (_, n) => `${next()} line ${n} of ${next() % 97}\n`).join(
    '',
  );
}

const SETUP = {
  'small.txt': lines(2_000),
  'large.txt': lines(330_000),
  'table.sql': [
    'create table t(id integer primary key, name text, value real);',
    'begin;',
    'with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)',
    "insert into t select i, 'row ' || (i * 7919 % 100003), i * 0.5 from n;",
    'commit;',
    'create index by_name on t(name);',
    'select count(*), sum(value), min(name), max(name) from t;',
    "select id, value from t where name = 'row 4711';",
    'select id % 7, count(*), avg(value) from t group by id % 7 order by 1;',
  ].join('\n'),
  'script.lua': `
local counts = {}
for word in ("the quick brown fox jumps over the lazy dog the end"):gmatch("%a+") do
  counts[word] = (counts[word] or 0) + 1
end
local names = {}
for name in pairs(counts) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do print(name, counts[name]) end
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(24), string.format("%.10f", math.sin(1)), 7 // 2, 2 ^ 0.5)
`,
  'script.pl': `
use strict; use warnings;
my %count; my $text = "the quick brown fox jumps over the lazy dog the end";
$count{$_}++ for $text =~ /(\\w+)/g;
print "$_ $count{$_}\\n" for sort keys %count;
my @sorted = sort { $a <=> $b } map { ($_ * 7919) % 1009 } 1 .. 1000;
printf "%d %d %.6f\\n", $sorted[0], $sorted[-1], sqrt(2);
(my $copy = $text) =~ s/(\\w+)/\\u$1/g; print "$copy\\n";
`,
  'script.py': `
import hashlib, json, re, subprocess, sys, threading
print(json.dumps({"a": [1, 2.5, None], "b": {"c": "\\u00e9"}}, sort_keys=True))
print(re.findall(r"(\\w+)@(\\w+)", "me@here you@there"))
print(hashlib.sha256(b"bareheap" * 1000).hexdigest(), hashlib.md5(b"x").hexdigest())
total = []
def work(n):
    total.append(sum(i * i for i in range(n)))
threads = [threading.Thread(target=work, args=(n * 1000,)) for n in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(total))
print(subprocess.run(["/bin/echo", "from a child"], capture_output=True, text=True).stdout.strip())
print(1 / 3, 2 ** 100, "%.20f" % 0.1)
`,
  'server.py': `
import http.server, socket, socketserver, threading, urllib.request
class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: self.wfile.write(line.upper())
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (self.path * 10000).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words): pass
def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address
with socket.create_connection(serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper))) as end:
    end.sendall(b"over the loopback\\n")
    end.shutdown(socket.SHUT_WR)
    print(end.makefile().read().strip())
port = serve(http.server.ThreadingHTTPServer(("localhost", 0), Page))[1]
print(len(urllib.request.urlopen(f"http://localhost:{port}/page").read()))
`,
  'async.py': `
import asyncio
async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line[::-1])
        await writer.drain()
    writer.close()
async def ask(port, text):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text + b"\\n")
    writer.write_eof()
    return await reader.read()
async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(await asyncio.gather(*[ask(port, b"message %d" % n) for n in range(5)]))
    child = await asyncio.create_subprocess_exec("/bin/echo", "a child", stdout=-1)
    print(await child.communicate())
asyncio.run(main())
`,
  'sockets.pl': `
use strict; use warnings; use IO::Socket::INET; use IO::Socket::UNIX;
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die $!;
if (!fork) {
  my $end = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport) or die $!;
  print $end "from the child\\n"; print scalar <$end>; exit 0;
}
my $end = $server->accept; print "asked: ", scalar <$end>; print $end "answered\\n"; close $end; wait;
IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => 9) or print "nobody: $!\\n";
`,
  'git.sh': `
export HOME=$PWD/home GIT_AUTHOR_DATE="2020-01-01T00:00:00Z"
export GIT_COMMITTER_DATE="$GIT_AUTHOR_DATE"
mkdir -p repository home && cd repository && git init -q -b main .
git config user.name me && git config user.email me@here
for n in 1 2 3; do echo line $n >> file; git add file; git commit -qm "change $n"; done
git log --oneline --stat; git diff HEAD~2 HEAD; git fsck; git gc -q; git clone -q . ../copy
git -C ../copy log --format=%H; cd ..; rm -rf repository copy home
`,
  'text.sh': `
seq 1 50 > a; seq 3 2 60 > b; diff -u a b | sed 1,2d > changes; cp a c
(echo "--- c"; echo "+++ c"; cat changes) | patch -s c && cmp b c && echo patched
sort a > x; sort b | comm -12 x - | head -3; paste a b | tail -1; xxd b | head -2; od -c a | head -2; split -n 3 a part.
cat part.* | cmp - a && echo joined; tar --mtime=@0 --owner=u:1 --group=g:1 -cf - a b | xz | md5sum
echo "scale=40; 4*a(1)" | bc -l; echo 'define(twice, $1$1)twice(m4)' | m4; factor 1234567
rm x; printf 'all: x y\\n\\t@echo made $^\\nx y:\\n\\t@echo making $@; touch $@\\n' > Makefile; make -s; make -s
rm -f a b c x y part.* changes Makefile
`,
  'hello.c': '#include <stdio.h>\nint main(void) { printf("compiled %d\\n", 6 * 7); return 0; }\n',
};

/** A command: the program and its arguments, run in the folder. */
const PROGRAMS = [
  ['busybox echo', '/bin/busybox', ['echo', 'hello', 'busybox']],
  ['busybox sh', '/bin/busybox', ['sh', '-c', 'for i in 1 2 3; do echo $i; done | busybox tac']],
  ['busybox sha256sum', '/bin/busybox', ['sha256sum', 'small.txt']],
  ['bash', '/bin/bash', ['-c', `a=(1 2 3); echo $((a[0] + a[2])) "\${a[@]}"; exit 3`]],
  ['bash pipeline', '/bin/bash', ['-c', 'cat small.txt | grep 42 | sort -n | head -5 | wc -l']],
  ['ls', '/bin/ls', ['-l', '--time-style=full-iso', '.']],
  ['find', '/usr/bin/find', ['.', '-name', '*.txt', '-size', '+1k']],
  ['grep', '/bin/grep', ['-c', 'line 1.*7$', 'small.txt']],
  ['sed', '/bin/sed', ['-n', 's/line \\([0-9]*\\)/[\\1]/p;10q', 'small.txt']],
  ['awk', '/usr/bin/awk', ['{ s += $1; n[$5]++ } END { print s, length(n) }', 'small.txt']],
  ['sort 10 MB', '/bin/bash', ['-c', 'sort -n large.txt | md5sum']],
  ['gzip round trip', '/bin/bash', ['-c', 'gzip -c large.txt | gunzip -c | md5sum']],
  ['sqlite3', '/usr/bin/sqlite3', ['-init', '/dev/null', ':memory:', '.read table.sql']],
  ['lua', '/usr/bin/lua5.4', ['script.lua']],
  ['perl', '/usr/bin/perl', ['script.pl']],
  ['python3', '/usr/bin/python3', ['script.py']],
  ['python3 servers', '/usr/bin/python3', ['server.py']],
  ['python3 asyncio', '/usr/bin/python3', ['async.py']],
  ['perl sockets', '/usr/bin/perl', ['sockets.pl']],
  [
    'sqlite3 WAL',
    '/bin/bash',
    ['-c', '(echo "pragma journal_mode=wal;"; cat table.sql) | sqlite3 wal.db; rm -f wal.db*'],
  ],
  ['git', '/bin/bash', ['git.sh']],
  ['text tools', '/bin/bash', ['text.sh']],
  ['gcc', '/bin/bash', ['-c', 'gcc -O1 -o hello hello.c && ./hello']],
  ['node', process.execPath, ['-p', '[1, 2, 3].map((x) => x * 2).join()']],
  ['java', '/usr/bin/java', ['--version']],
];

function run(command, parameters, folder, environment) {
  const start = performance.now();
  const ran = spawnSync(command, parameters, {
    cwd: folder,
    env: environment,
    timeout: LIMIT_MS,
    maxBuffer: MOST_OUTPUT,
  });
  const seconds = (performance.now() - start) / 1000;
  const text = (bytes) => (bytes === null ? '' : bytes.toString('latin1'));
  return {
    seconds,
    status: ran.status,
    signal: ran.signal,
    stdout: text(ran.stdout),
    stderr: text(ran.stderr),
  };
}

function compare([name, command, parameters], folder, withTimes) {
  const native = run(command, parameters, folder, ENVIRONMENT);
  const options = ['run', '--root', '/', command, '--', ...parameters];
  const emulated = run(process.execPath, [EMULATOR, ...options], folder, process.env);
  const qemu = withTimes ? run('qemu-x86_64', [command, ...parameters], folder, ENVIRONMENT) : null;
  const wrong = ['status', 'stdout'].filter((field) => native[field] !== emulated[field]);
  return { name, native, emulated, qemu, wrong };
}

function cells({ name, native, emulated, qemu, wrong }) {
  const time = (result) => (result === null ? '-' : `${result.seconds.toFixed(2)} s`);
  const verdict = wrong.length === 0 ? 'same' : `differs: ${wrong.join(', ')}`;
  return [name, verdict, time(native), time(qemu), time(emulated)];
}

const { values, positionals } = parseArgs({
  options: { 'no-times': { type: 'boolean' }, markdown: { type: 'string' } },
  allowPositionals: true,
});
const folder = mkdtempSync(join(tmpdir(), 'bareheap-programs-'));
// The guest is an ordinary user, whoever we are, and writes here, too.
chmodSync(folder, 0o777);
const rows = [];
try {
  for (const [file, text] of Object.entries(SETUP)) writeFileSync(join(folder, file), text);
  for (const program of PROGRAMS) {
    const isWanted =
      positionals.length === 0 || positionals.some((word) => program[0].includes(word));
    if (!isWanted) continue;
    const result = compare(program, folder, values['no-times'] !== true);
    rows.push(cells(result));
    console.log(rows.at(-1).join('\t'));
    if (result.wrong.length > 0) console.log(result.emulated.stderr.slice(-1500));
  }
} finally {
  rmSync(folder, { recursive: true });
}
const head = ['program', 'output and status', 'native', 'qemu-x86_64', 'bareheap'];
if (values.markdown !== undefined) {
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  writeFileSync(values.markdown, `${table.join('\n')}\n`);
}
const wrong = rows.filter(([, verdict]) => verdict !== 'same').length;
console.log(`${rows.length - wrong} the same, ${wrong} differ (Linux ${release()})`);
process.exitCode = wrong === 0 ? 0 : 1;
