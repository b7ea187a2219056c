import { Migration } from '@mikro-orm/migrations';

/** Which runs are suspected of the death of their process, and whose. */
export class Suspects extends Migration {
  override up(): void {
    this.addSql('alter table run add column suspicion integer not null default 0');
    this.addSql('alter table run add column suspect_of text collate "C" null');
  }
}
