import { p } from '@mikro-orm/core';

/**
 * A column for text of any length. PostgreSQL's migrations give it the collation "C": text is compared and ordered by its bytes, as SQLite
 * does and as every process has to where it locks in the order of ids.
 */
export const textColumn = () => p.string().columnType('text').ignoreSchemaChanges('collation');
