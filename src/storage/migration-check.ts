import { DatabaseError } from './database-error.ts';

/** @throws DatabaseError unless `applied` are exactly those that this version knows */
export function checkMigrations(known: readonly { readonly name: string }[], applied: readonly string[]): void {
  const missing = known.find(({ name }) => !applied.includes(name));
  if (missing !== undefined) throw new DatabaseError(`The migration ${missing.name} is not applied`);
  const unknown = applied.find((name) => !known.some((migration) => migration.name === name));
  if (unknown !== undefined) throw new DatabaseError(`It was written by a newer version (migration ${unknown})`);
}
