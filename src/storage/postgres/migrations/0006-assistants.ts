import { Migration } from '@mikro-orm/migrations';

/** Assistants and their versions; an id is its owner's. */
export class Assistants extends Migration {
  override up(): void {
    this.addSql(`create table assistant (
      owner text collate "C" not null,
      id text collate "C" not null,
      graph_id text collate "C" not null,
      name text collate "C" not null,
      folded_name text collate "C" not null,
      description text collate "C" null,
      config text collate "C" not null,
      context text collate "C" not null,
      metadata text collate "C" not null,
      version bigint not null,
      newest_version bigint not null,
      is_default integer not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (owner, id)
    )`);
    this.addSql('create index assistant_owner_created on assistant (owner, created_at, id)');

    this.addSql(`create table assistant_version (
      owner text collate "C" not null,
      assistant_id text collate "C" not null,
      version bigint not null,
      graph_id text collate "C" not null,
      name text collate "C" not null,
      description text collate "C" null,
      config text collate "C" not null,
      context text collate "C" not null,
      metadata text collate "C" not null,
      created_at bigint not null,
      primary key (owner, assistant_id, version)
    )`);
    this.addSql('create index run_assistant on run (assistant_id, id)');
  }
}
