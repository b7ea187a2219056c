import { Migration } from '@mikro-orm/migrations';

/** Which database this is, and how far it has come: a file, or a server's database, that was replaced is noticed by it. */
export class Instance extends Migration {
  override up(): void {
    this.addSql('create table instance (id text collate "C" not null primary key, marks bigint not null)');
    this.addSql("insert into instance (id, marks) values (replace(gen_random_uuid()::text, '-', ''), 0)");
  }
}
