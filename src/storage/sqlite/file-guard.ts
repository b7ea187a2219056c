import { randomInt } from 'node:crypto';
import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type BetterSqlite3 from 'better-sqlite3';
import { DatabaseUnavailableError } from '../../orchestrator/ports/database-unavailable.ts';
import type { Logger } from '../../orchestrator/ports/environment.ts';
import { DatabaseError } from '../database-error.ts';
import type { FileLock, FileRecord } from './file-lock.ts';

/** "INTJ", in the header of our files (`pragma application_id`). */
export const APPLICATION_ID = 0x494e544a;

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
/** Offsets of sqlite.org/fileformat2.html. */
const SCHEMA_VERSION_AT = 40;
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

/** The header of a database file itself, without the pages of its -wal. */
type FileHeader = {
  readonly schemaVersion: number;
  readonly userVersion: number;
  readonly applicationId: number;
};

/**
 * Null: the file isn't an SQLite database. Only for a file that SQLite has not opened: closing a descriptor
 * releases the process's locks of the file.
 */
function headerOf(path: string): FileHeader | null {
  using file = new HeaderReader(path);
  return file.read();
}

/** Reads the header of a file, as often as asked, through one descriptor. */
class HeaderReader implements Disposable {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
  }

  read(): FileHeader | null {
    const header = Buffer.alloc(HEADER_BYTES);
    const length = readSync(this.#descriptor, header, 0, HEADER_BYTES, 0);
    if (length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
    return {
      schemaVersion: header.readUInt32BE(SCHEMA_VERSION_AT),
      userVersion: header.readUInt32BE(USER_VERSION_AT),
      applicationId: header.readUInt32BE(APPLICATION_ID_AT),
    };
  }

  /** Only once SQLite has closed the file. */
  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/** Larger files are not read whole at the start. */
const MAX_CHECKED_BYTES = 128 * 1024 * 1024;
/** How often the file is looked at while it is used. */
const LOOK_EVERY_MS = 1_000;
const MAX_EPOCH = 2 ** 31 - 1;

type Connection = Pick<BetterSqlite3, 'prepare' | 'exec'>;
type FileGuardOptions = {
  readonly lock: FileLock;
  readonly monotonicMs: () => number;
  readonly logger: Pick<Logger, 'warn'> | null;
};

type OpenedFile = {
  readonly inode: number;
  readonly reader: HeaderReader;
  readonly header: FileHeader | null;
};

/**
 * Notices when a database file is not the one that it was: at the start by what the lock file remembers,
 * later by the file's inode. Nothing is written to a file that was emptied or replaced.
 */
export class FileGuard implements Disposable {
  readonly #options: FileGuardOptions;
  readonly #file: string;
  readonly #recorded: FileRecord;
  readonly #hadWal: boolean;
  /** `pragma user_version` while this server has the file: another copy of the database has another one. */
  readonly #epoch = randomInt(1, MAX_EPOCH);
  #opened: OpenedFile | null = null;
  #walInode: number | null = null;
  #lookAtMs = 0;

  /**
   * @throws DatabaseError when the file is missing, empty, of another application, or not the one that its
   * -wal belongs to
   */
  constructor(options: FileGuardOptions) {
    this.#options = options;
    this.#file = options.lock.file;
    this.#recorded = options.lock.read();
    this.#hadWal = (statOf(`${this.#file}-wal`)?.size ?? 0) > 0;
    const size = statOf(this.#file)?.size ?? null;
    // SQLite itself would remove the -wal of a file that is missing or empty.
    if ((size === null || size === 0) && (this.#recorded.instance !== null || this.#hadWal)) {
      const what = size === null ? 'it is missing, but was used here before' : 'it is empty, but was not';
      throw new DatabaseError(
        `${what}; put it or a backup back, or start anew with: ${this.#removing('.lock', '-wal', '-shm')}`,
      );
    }
    const header = size === null || size === 0 ? null : headerOf(this.#file);
    if (header !== null && header.applicationId !== 0 && header.applicationId !== APPLICATION_ID)
      throw otherApplication();
    const { base, isClosed } = this.#recorded;
    if (this.#hadWal && !isClosed && base !== null && header !== null && baseOf(header) !== base) {
      throw new DatabaseError(
        `it was replaced, and ${this.#file}-wal belongs to the file before; put that one back, or restore this one with: ${this.#removing('.lock', '-wal', '-shm')}`,
      );
    }
  }

  /**
   * Of the open file, before migrations. @throws DatabaseError when it is damaged, another one than before,
   * or lacks commits
   */
  checkContent(connection: Connection): void {
    try {
      if ((statOf(this.#file)?.size ?? 0) <= MAX_CHECKED_BYTES) checkPages(connection);
      this.#checkInstance(connection);
    } catch (error) {
      if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CORRUPT'))
        throw damaged(error.message);
      throw error;
    }
  }

  #checkInstance(connection: Connection): void {
    const names = connection.prepare("select name from sqlite_master where type = 'table'").all([]);
    const tables = new Set(names.map(({ name }) => name));
    if (tables.size > 0 && !tables.has('mikro_orm_migrations')) throw otherApplication();
    const { instance, marks, isClosed } = this.#recorded;
    if (instance === null) return;
    const found = tables.has('instance') ? instanceIn(connection) : null;
    if (found?.id === instance && found.marks >= marks) return;
    const restore = `or start with this one with: ${this.#removing('.lock')}`;
    if (found?.id !== instance && found !== null)
      throw new DatabaseError(
        `it is another database than the one that was used here; put that one back, ${restore}`,
      );
    if (!this.#hadWal && !isClosed)
      throw new DatabaseError(
        `${this.#file}-wal is missing, with commits of a server that was killed, or this is a backup; put the -wal back, ${restore}`,
      );
    throw new DatabaseError(
      `it is older than when it was used last, as a backup is; put the newer one back, ${restore}`,
    );
  }

  /** Of the migrated file. From here on its inode counts. */
  opened(connection: Connection): void {
    connection.exec('pragma wal_checkpoint(truncate)'); // into the file itself, whose header is looked at
    this.#options.lock.lockInode();
    const reader = new HeaderReader(this.#file);
    this.#opened = { inode: statSync(this.#file).ino, reader, header: reader.read() };
    const { id, marks } = instanceIn(connection);
    this.#options.lock.write({ instance: id, marks, isClosed: false, base: this.#base() });
  }

  /** What marks the file as ours, and as of this server, for `opened`. */
  get stamp(): string {
    return `begin immediate; pragma application_id = ${APPLICATION_ID}; pragma user_version = ${this.#epoch}; commit`;
  }

  /**
   * Remembers that the database has come to this mark, once the disk has it: after a power failure the lock
   * file must not know of commits that the database has lost. False, with a line in the log, when the disk
   * takes no record; the next one makes up for it.
   */
  async remember(marks: number): Promise<boolean> {
    const { lock } = this.#options;
    return this.#recording(async () => {
      await synchronise(`${this.#file}-wal`);
      const { instance } = lock.read();
      lock.write({ instance, marks, isClosed: false, base: this.#base() });
    });
  }

  /**
   * Remembers that the server has closed the database; `isWhole`: without commits that are only in the -wal.
   */
  async rememberClosed(connection: Connection, isWhole: boolean): Promise<void> {
    const { id, marks } = instanceIn(connection);
    await this.#recording(async () => {
      if (!isWhole) await synchronise(`${this.#file}-wal`);
      this.#options.lock.write({ instance: id, marks, isClosed: isWhole, base: this.#base() });
    });
  }

  async #recording(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (!isDiskError(error)) throw error;
      this.#options.logger?.warn(
        { err: error, file: this.#options.lock.path },
        'Could not write the lock file',
      );
      return false;
    }
  }

  /** Now and then. @throws DatabaseUnavailableError while the file, or its -wal, is not where it was */
  look(): void {
    const now = this.#options.monotonicMs();
    if (now < this.#lookAtMs) return;
    const problem = this.problem();
    if (problem !== null) throw new DatabaseUnavailableError('FILE_CHANGED', new Error(problem));
    this.#lookAtMs = now + LOOK_EVERY_MS;
  }

  /** What happened to the file that this server uses. Null: nothing. */
  problem(): string | null {
    if (this.#opened === null) return null;
    const happened = this.#happened(this.#opened, statOf(this.#file), statOf(`${this.#file}-wal`));
    return happened === null ? null : `${this.#file}${happened} while the server was using it`;
  }

  #happened(opened: OpenedFile, file: Stats | null, wal: Stats | null): string | null {
    if (file === null) return ' was removed';
    if (file.ino !== opened.inode) return ' was replaced';
    if (file.size === 0) return ' was emptied';
    const header = opened.reader.read();
    if (header?.userVersion !== this.#epoch && header?.userVersion !== opened.header?.userVersion)
      return ' was overwritten';
    if (this.#walInode !== null && wal === null) return '-wal was removed';
    if (this.#walInode !== null && wal?.ino !== this.#walInode) return '-wal was replaced';
    this.#walInode = wal?.ino ?? null;
    return null;
  }

  /** Once SQLite has closed the file. */
  [Symbol.dispose](): void {
    this.#opened?.reader[Symbol.dispose]();
    this.#opened = null;
  }

  /** Null as long as a reader keeps the stamp out of the file itself. */
  #base(): string | null {
    const header = this.#opened?.reader.read() ?? null;
    return header?.userVersion === this.#epoch ? baseOf(header) : null;
  }

  #removing(...endings: readonly string[]): string {
    return `rm -f ${endings.map((ending) => quoted(this.#file + ending)).join(' ')}`;
  }
}

/**
 * Differs between a file and its backups: copies that SQLite makes (vacuum into, .backup) count the schema
 * on, others are of another server's time.
 */
const baseOf = ({ schemaVersion, userVersion }: FileHeader): string => `${userVersion}.${schemaVersion}`;
const otherApplication = () => new DatabaseError('it is the database of another application');
const damaged = (said: string) =>
  new DatabaseError(`it is damaged (${said.replaceAll(/\s+/g, ' ')}); restore a backup`);
const quoted = (path: string): string =>
  /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
const statOf = (path: string): Stats | null => statSync(path, { throwIfNoEntry: false }) ?? null;

function checkPages(connection: Connection): void {
  const [first] = connection.prepare('pragma quick_check(1)').all([]);
  const said = String(Object.values(first ?? {})[0] ?? 'ok');
  if (said !== 'ok') throw damaged(said);
}

function instanceIn(connection: Connection): { readonly id: string; readonly marks: number } {
  const [row] = connection.prepare('select id, marks from instance').all([]);
  if (row === undefined) throw new DatabaseError('its table "instance" is empty; restore a backup');
  return { id: String(row['id']), marks: Number(row['marks']) };
}

async function synchronise(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Of SQLite or the operating system, about a file; a mistake of this code has no such code. */
function isDiskError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|PERM)|^E(NOSPC|IO|ROFS|ACCES|PERM|DQUOT|FBIG|NOENT|MFILE|NFILE)$/.test(
    code,
  );
}
