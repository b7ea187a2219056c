/** What the tests use of PGlite. Its own types pull in those of Emscripten's file systems. */
declare module '@electric-sql/pglite' {
  export type Extension = { readonly name: string };
  export class PGlite {
    static create(options: { readonly extensions: Readonly<Record<string, Extension>> }): Promise<PGlite>;
    exec(script: string): Promise<unknown>;
    query<R>(
      text: string,
      params: unknown[],
    ): Promise<{ readonly rows: R[]; readonly affectedRows?: number }>;
    close(): Promise<void>;
  }
}

declare module '@electric-sql/pglite-pgvector' {
  import type { Extension } from '@electric-sql/pglite';

  export const vector: Extension;
}
