import { Migration } from '@mikro-orm/migrations';

/** Which joint commit wrote for a thread last: tells a writer whose answer was lost whether it was stored. */
export class LastBatch extends Migration {
  override up(): void {
    this.addSql('alter table thread add column last_batch text collate "C" null');
  }
}
