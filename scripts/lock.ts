// npm run lock: adds to package-lock.json the binaries of other platforms that the registry in use did not offer. `npm ci` calls a
// lock without them out of step; a name, a version and a platform are enough for it to know that it may skip them here.
import { readFileSync, writeFileSync } from 'node:fs';

interface Locked {
  readonly version: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Words of package names → what npm calls them. */
const SYSTEMS: Readonly<Record<string, string>> = {
  ...{ aix: 'aix', android: 'android', darwin: 'darwin', freebsd: 'freebsd', linux: 'linux', netbsd: 'netbsd' },
  ...{
    openbsd: 'openbsd',
    openharmony: 'openharmony',
    sunos: 'sunos',
    wasm32: 'wasm32',
    win32: 'win32',
    windows: 'win32',
  },
};
const PROCESSORS: Readonly<Record<string, string>> = {
  ...{ aarch64: 'arm64', amd64: 'x64', arm: 'arm', arm64: 'arm64', ia32: 'ia32', loong64: 'loong64', ppc64: 'ppc64' },
  ...{ riscv64: 'riscv64', s390x: 's390x', wasm32: 'wasm32', x64: 'x64' },
};

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> };
const added = Object.fromEntries(Object.entries(lock.packages).flatMap(missingBinaries));
const names = Object.keys(added);
if (names.length > 0) {
  const entries = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, null, 2)}\n`);
}
console.log(`${names.length} platform packages added`);

function missingBinaries([path, { optionalDependencies = {}, dev }]: [string, Locked]): readonly [string, Locked][] {
  return Object.entries(optionalDependencies).flatMap(([name, version]) => {
    const places = [`node_modules/${name}`, `${path}/node_modules/${name}`];
    const platform = platformOf(name);
    if (platform === undefined || places.some((place) => place in lock.packages)) return [];
    return [[places[0]!, inNpmsOrder({ version, ...platform, ...(dev && { dev }), optional: true })]];
  });
}

/** As npm writes it, so that it finds nothing to change: version first, the rest by name. */
function inNpmsOrder({ version, ...rest }: Locked): Locked {
  return { version, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function platformOf(name: string): Pick<Locked, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[/-]/);
  const os = words.find((word) => word in SYSTEMS);
  const cpu = words.find((word) => word in PROCESSORS);
  if (os === undefined || cpu === undefined) return undefined;
  const libc = os === 'linux' ? libcOf(words) : undefined;
  return { os: [SYSTEMS[os]!], cpu: [PROCESSORS[cpu]!], ...(libc !== undefined && { libc: [libc] }) };
}

function libcOf(words: readonly string[]): string | undefined {
  if (words.some((word) => word.startsWith('musl'))) return 'musl';
  return words.some((word) => word.startsWith('gnu')) ? 'glibc' : undefined;
}
