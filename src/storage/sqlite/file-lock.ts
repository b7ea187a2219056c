import BetterSqlite3 from 'better-sqlite3';
import { isBusy } from './session.ts';

/** Another server holds the lock. */
export class FileLockedError extends Error {
  override readonly name = 'FileLockedError';
}

/**
 * Holds `<file>.lock` for as long as the process lives, so that one server at a time uses a database file. The lock is an exclusive
 * SQLite transaction: the operating system releases it however the process ends, which a file that merely exists wouldn't be.
 *
 * @throws FileLockedError when another holder, in this process or another, has it
 */
export function lockFile(file: string): Disposable {
  const lock = new BetterSqlite3(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (isBusy(error)) throw new FileLockedError(`another server is using it (it holds ${file}.lock)`, { cause: error });
    throw error;
  }
  return { [Symbol.dispose]: () => lock.close() };
}
