import { Migration } from '@mikro-orm/migrations';

/** Which nodes and tools a stopped run left at work. */
export class Stops extends Migration {
  override up(): void {
    this.addSql(`alter table run add column abandoned text not null default '[]'`);
  }
}
