import type { MigrationObject } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';

/** One step of the tables' history, as the statements of each dialect. Never edit one that was released. */
export type TableMigration = {
  /** What the database remembers. */
  readonly name: string;
  readonly sqlite: readonly string[];
  readonly postgres: readonly string[];
};

/** The same for MikroORM's migrator. */
export const toMikroOrm = (
  migrations: readonly TableMigration[],
  dialect: 'sqlite' | 'postgres',
): MigrationObject[] =>
  migrations.map((migration) => ({
    name: migration.name,
    class: class extends Migration {
      override up(): void {
        for (const statement of migration[dialect]) this.addSql(statement);
      }
    },
  }));
