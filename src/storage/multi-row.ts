/** Rows of one statement at most: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const MAX_ROWS = 256;

/**
 * Splits `rows` into chunks whose sizes are powers of two, so that statements over them come in a handful of texts, each prepared once.
 */
export function* chunked<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; ) {
    const left = rows.length - start;
    const size = left >= MAX_ROWS ? MAX_ROWS : 2 ** (31 - Math.clz32(left));
    yield rows.slice(start, start + size);
    start += size;
  }
}

const lists = new Map<number, string>();

/** `?, ?, ?` */
export function placeholders(count: number): string {
  let list = lists.get(count); // a statement is built for every write, and its text is the greater part of that
  if (list === undefined) {
    list = Array.from({ length: count }, () => '?').join(', ');
    if (count <= MAX_ROWS) lists.set(count, list);
  }
  return list;
}

const tables = new Map<string, string>();

/** `(?, ?), (?, ?)`: `rows` tuples of `columns` parameters, for the sizes that `chunked` makes. */
export function tuples(rows: number, columns: number): string {
  const key = `${rows} ${columns}`;
  let table = tables.get(key);
  if (table === undefined) {
    table = Array.from({ length: rows }, () => `(${placeholders(columns)})`).join(', ');
    tables.set(key, table);
  }
  return table;
}
