import { lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { isBusy } from './session.ts';

/** Another server holds the lock. */
class FileLockedError extends Error {
  override readonly name = 'FileLockedError';
}

/** What the last server knew of the database file. */
export type FileRecord = {
  /** `instance.id` of the database; null: no server has recorded one. */
  readonly instance: string | null;
  /** `instance.marks` of the database, as of its last recorded commit. */
  readonly marks: number;
  /** Whether the server has closed the database. */
  readonly isClosed: boolean;
  /** The mark in the file's own header that its -wal belongs to. Null: unknown. */
  readonly base: string | null;
};

/**
 * Holds `<file>.lock` for as long as the process lives, so that one server at a time uses a database file.
 * The lock is SQLite's exclusive lock on a database of its own: the operating system releases it however the
 * process ends, which a file that merely exists wouldn't be. That database also remembers which database the
 * file was, so that a start notices when it was removed, emptied or replaced.
 */
export class FileLock implements Disposable {
  /** The file's path without symbolic links. */
  readonly file: string;
  readonly #lock: BetterSqlite3;
  #inode: BetterSqlite3 | null = null;

  /** @throws FileLockedError when another holder, in this process or another, has it, by whatever path */
  constructor(file: string) {
    this.file = realPathOf(file);
    this.#lock = lockExclusively(this.path);
    try {
      this.#lock.exec(
        'create table if not exists database (instance text, marks integer not null, is_closed integer not null, base text)',
      );
      this.lockInode();
    } catch (error) {
      this.#lock.close();
      throw error;
    }
  }

  get path(): string {
    return `${this.file}.lock`;
  }

  /** Locks the file under its other names (hard links) too, as soon as it exists. */
  lockInode(): void {
    const found = statSync(this.file, { bigint: true, throwIfNoEntry: false });
    if (found === undefined || this.#inode !== null) return;
    const directory = join(tmpdir(), `interject-locks-${process.getuid?.() ?? 'user'}`);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#inode = lockExclusively(join(directory, `${found.dev}-${found.ino}.lock`));
  }

  read(): FileRecord {
    const [row] = this.#lock.prepare('select instance, marks, is_closed, base from database').all([]);
    if (row === undefined) return { instance: null, marks: 0, isClosed: true, base: null };
    return {
      instance: row['instance'] === null ? null : String(row['instance']),
      marks: Number(row['marks']),
      isClosed: row['is_closed'] === 1,
      base: row['base'] === null ? null : String(row['base']),
    };
  }

  write({ instance, marks, isClosed, base }: FileRecord): void {
    this.#lock.exec('begin');
    try {
      this.#lock.prepare('delete from database where ?').run([1]);
      this.#lock
        .prepare('insert into database values (?, ?, ?, ?)')
        .run([instance, marks, isClosed ? 1 : 0, base]);
      this.#lock.exec('commit');
    } finally {
      if (this.#lock.inTransaction) this.#lock.exec('rollback');
    }
  }

  [Symbol.dispose](): void {
    this.#inode?.close();
    this.#lock.close();
  }
}

function lockExclusively(path: string): BetterSqlite3 {
  const lock = new BetterSqlite3(path, { timeout: 0 });
  try {
    // In this mode the lock stays when a transaction has ended.
    lock.exec('pragma locking_mode = exclusive; begin exclusive; commit');
    return lock;
  } catch (error) {
    lock.close();
    if (isBusy(error))
      throw new FileLockedError(`another server is using it (it holds ${path})`, { cause: error });
    throw error;
  }
}

/** Also of a file that doesn't exist yet, behind links that lead to it. */
function realPathOf(file: string): string {
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync(path);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return realPathOf(resolve(dirname(path), readlinkSync(path)));
  const directory = dirname(path);
  return statSync(directory, { throwIfNoEntry: false }) === undefined
    ? path
    : join(realpathSync(directory), basename(path));
}
