import { randomUUID } from 'node:crypto';
import type { Owner } from '../../../src/domain/ids.ts';
import { GraphStore } from '../../../src/graphs/execution/graph-store.ts';
import { EmbeddingStore, NO_TTL } from '../../../src/orchestrator/embedding-store.ts';
import type { StoreTtlSettings } from '../../../src/orchestrator/ports/deployment.ts';
import type { SemanticIndex } from '../../../src/orchestrator/ports/item-store.ts';
import { Database } from '../../../src/storage/database.ts';
import { SqlItemStore } from '../../../src/storage/items/sql-item-store.ts';
import { AdvancingClock } from '../../support/advancing-clock.ts';
import { TestDatabase } from '../../support/test-database.ts';

/**
 * A database of the kind under test with an item store, and stores over it of owners that nobody else uses.
 */
export class ItemsFixture implements AsyncDisposable {
  readonly items: SqlItemStore;
  readonly clock: AdvancingClock;
  readonly database: Database;
  readonly #own: TestDatabase;

  private constructor(own: TestDatabase, database: Database, clock: AdvancingClock) {
    this.#own = own;
    this.database = database;
    this.items = new SqlItemStore(database);
    this.clock = clock;
  }

  static async open(kind?: 'sqlite' | 'postgres'): Promise<ItemsFixture> {
    const own = await TestDatabase.create(kind);
    const clock = new AdvancingClock();
    own.follow(clock);
    return new ItemsFixture(own, await Database.open({ url: own.url, clock }), clock);
  }

  store({
    index = null,
    ttl = NO_TTL,
  }: {
    readonly index?: SemanticIndex | null;
    readonly ttl?: StoreTtlSettings;
  } = {}): EmbeddingStore {
    return new EmbeddingStore(this.items, index, ttl);
  }

  /** As a graph of an owner of its own has it. */
  graphStore(index: SemanticIndex | null = null): GraphStore {
    return new GraphStore(this.store({ index }), randomUUID() as Owner);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.close();
    await this.#own[Symbol.asyncDispose]();
  }
}
