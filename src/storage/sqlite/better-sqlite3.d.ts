/** The part of better-sqlite3 that storage uses; the package ships no types. */
declare module 'better-sqlite3' {
  type Value = string | number | bigint | Uint8Array | null;

  class Statement {
    /** True when the statement returns rows. */
    readonly reader: boolean;
    all(params: readonly unknown[]): Record<string, unknown>[];
    run(params: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint };
    iterate(params: readonly unknown[]): IterableIterator<Record<string, unknown>>;
  }

  class BetterSqlite3 {
    constructor(file: string, options?: { readonly timeout?: number });
    readonly inTransaction: boolean;
    prepare(query: string): Statement;
    function(
      name: string,
      options: { readonly deterministic: boolean },
      body: (...args: unknown[]) => unknown,
    ): this;
    exec(script: string): this;
    close(): this;
  }

  namespace BetterSqlite3 {
    export type { Statement, Value };
  }

  export default BetterSqlite3;
}
