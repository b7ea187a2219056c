import { closeSync, openSync, readSync } from 'node:fs';

/** "INTJ", in the header of our files (`pragma application_id`). */
export const APPLICATION_ID = 0x494e544a;

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
/** Offsets of sqlite.org/fileformat2.html. */
const SCHEMA_VERSION_AT = 40;
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

/** The header of a database file itself, without the pages of its -wal. */
export type FileHeader = { readonly schemaVersion: number; readonly userVersion: number; readonly applicationId: number };

/** Null: the file isn't an SQLite database. Only for a file that SQLite has not opened: closing a descriptor releases the process's locks of the file. */
export function headerOf(path: string): FileHeader | null {
  using file = new HeaderReader(path);
  return file.read();
}

/** Reads the header of a file, as often as asked, through one descriptor. */
export class HeaderReader implements Disposable {
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
