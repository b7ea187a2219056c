/** Texts that are prepared at most; each connection keeps those it was used for, and the server's memory with them. */
const MAX_PREPARED = 500;

/** A statement as the driver takes it. With a name it is prepared once per connection. */
export type Statement = { readonly text: string; readonly name?: string };

/** Makes PostgreSQL's statements of ours, each text once. */
export class Statements {
  readonly #prepared = new Map<string, Statement>();

  /** `query` with `$1`, `$2`, … for its `?`. Beyond the first texts, which are nearly all there are, none is kept or prepared. */
  of(query: string): Statement {
    const known = this.#prepared.get(query);
    if (known !== undefined) return known;
    const text = numbered(query);
    if (this.#prepared.size >= MAX_PREPARED) return { text };
    const statement = { text, name: `s${this.#prepared.size}` };
    this.#prepared.set(query, statement);
    return statement;
  }
}

/** Question marks in literals and quoted names stay as they are. */
export function numbered(query: string): string {
  let count = 0;
  return query.replace(/'[^']*'|"[^"]*"|\?/g, (found) => (found === '?' ? `$${++count}` : found));
}
