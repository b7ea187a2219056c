import { Migration } from '@mikro-orm/migrations';

/** Assistants and their versions; an id is its owner's. */
export class Assistants extends Migration {
  override up(): void {
    this.addSql(`create table assistant (
      owner text not null,
      id text not null,
      graph_id text not null,
      name text not null,
      folded_name text not null,
      description text null,
      config text not null,
      context text not null,
      metadata text not null,
      version bigint not null,
      newest_version bigint not null,
      is_default integer not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (owner, id)
    )`);
    this.addSql('create index assistant_owner_created on assistant (owner, created_at, id)');

    this.addSql(`create table assistant_version (
      owner text not null,
      assistant_id text not null,
      version bigint not null,
      graph_id text not null,
      name text not null,
      description text null,
      config text not null,
      context text not null,
      metadata text not null,
      created_at bigint not null,
      primary key (owner, assistant_id, version)
    )`);
    this.addSql('create index run_assistant on run (assistant_id, id)');
  }
}
