import { describe, expect, test } from 'vitest';
import { type Assistant, type AssistantVersion, contentOf } from '../../src/domain/assistant.ts';
import { type AssistantId, DEFAULT_OWNER, newAssistantId, type Owner } from '../../src/domain/ids.ts';
import type { AssistantFilter } from '../../src/orchestrator/ports/assistants.ts';
import type { Store } from '../../src/orchestrator/ports/store.ts';
import type { StoreFixture } from './store.contract.ts';
import { aRun, aThread } from './store-data.ts';

const someoneElse = 'someone else' as Owner;
const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds));
const anAssistant = (fields: Partial<Assistant> = {}): Assistant => ({
  id: newAssistantId(),
  owner: DEFAULT_OWNER,
  graphId: 'agent',
  name: 'Untitled',
  description: null,
  config: { tags: ['t'], configurable: { a: [1, { b: 'ä' }] } },
  context: { a: [1, { b: 'ä' }] },
  metadata: {},
  version: 1,
  newestVersion: 1,
  isDefault: false,
  createdAt: at(0),
  updatedAt: at(0),
  ...fields,
});
const versionOf = (
  assistant: Assistant,
  version: number,
  fields: Partial<AssistantVersion> = {},
): AssistantVersion => ({
  ...contentOf(assistant),
  assistantId: assistant.id,
  version,
  createdAt: at(version),
  ...fields,
});
const stored = (store: Store, ...assistants: Assistant[]): Promise<void> =>
  store.transaction(async (tx) => {
    for (const assistant of assistants) await tx.assistants.insert(assistant);
  });
const ALL: AssistantFilter = { owner: DEFAULT_OWNER, defaults: [] };

/** What any Store must do with assistants. */
export function assistantsContract(open: () => Promise<StoreFixture>): void {
  describe('assistants', () => {
    test('are kept as they were written, with their first version', async () => {
      await using fixture = await open();
      const { store } = fixture;
      const assistant = anAssistant({ description: 'said', name: 'Näme' });

      await stored(store, assistant);

      expect(await store.reads.assistants.find(assistant.owner, assistant.id)).toEqual(assistant);
      expect(await store.transaction((tx) => tx.assistants.lock(assistant.owner, assistant.id))).toEqual(
        assistant,
      );
      expect(
        await store.transaction((tx) => tx.assistants.version(assistant.owner, assistant.id, 1)),
      ).toEqual(versionOf(assistant, 1, { createdAt: at(0) }));
    });

    test('have ids of their owners: a second one is refused, another owner’s is not touched', async () => {
      await using fixture = await open();
      const { store } = fixture;
      const mine = anAssistant({ name: 'mine' });
      const theirs = anAssistant({ id: mine.id, owner: someoneElse, name: 'theirs' });
      await stored(store, mine, theirs);

      expect(await store.transaction((tx) => tx.assistants.insert({ ...mine, name: 'again' }))).toBe(false);
      await store.transaction((tx) => tx.assistants.update({ ...mine, name: 'changed' }));
      await store.transaction((tx) => tx.assistants.delete(mine.owner, mine.id));

      expect(await store.reads.assistants.find(mine.owner, mine.id)).toBeNull();
      expect(await store.reads.assistants.find(someoneElse, mine.id)).toEqual(theirs);
      expect(await store.reads.assistants.countVersions(someoneElse, mine.id)).toBe(1);
      expect(await store.reads.assistants.countVersions(mine.owner, mine.id)).toBe(0);
    });

    test('nothing of a transaction that is rejected is stored', async () => {
      await using fixture = await open();
      const { store } = fixture;
      const assistant = anAssistant();
      await stored(store, assistant);

      const rejected = store.transaction(async (tx) => {
        await tx.assistants.putVersion(assistant.owner, versionOf(assistant, 2));
        await tx.assistants.update({ ...assistant, version: 2, newestVersion: 2 });
        throw new Error('changed its mind');
      });

      await expect(rejected).rejects.toThrow('changed its mind');
      expect(await store.reads.assistants.find(assistant.owner, assistant.id)).toEqual(assistant);
      expect(await store.reads.assistants.countVersions(assistant.owner, assistant.id)).toBe(1);
    });

    test('have versions, newest first, from both ends, by metadata; a number is written over', async () => {
      await using fixture = await open();
      const { store } = fixture;
      const assistant = anAssistant();
      const { owner, id } = assistant;
      await stored(store, assistant);
      await store.transaction(async (tx) => {
        for (const version of [2, 3, 4])
          await tx.assistants.putVersion(
            owner,
            versionOf(assistant, version, { metadata: { even: version % 2 === 0 } }),
          );
        await tx.assistants.putVersion(
          owner,
          versionOf(assistant, 4, { name: 'over', metadata: { even: true } }),
        );
      });
      const { assistants } = store.reads;
      const numbers = async (window: Parameters<typeof assistants.versions>[0]['window'], metadata = {}) =>
        (await assistants.versions({ owner, id, metadata, window })).map(({ version }) => version);

      expect(await numbers({ limit: 9, inverted: false })).toEqual([4, 3, 2, 1]);
      expect(await numbers({ limit: 2, inverted: false, after: 4 })).toEqual([3, 2]);
      expect(await numbers({ limit: 2, inverted: true })).toEqual([1, 2]);
      expect(await numbers({ limit: 9, inverted: false }, { even: true })).toEqual([4, 2]);
      expect(await assistants.countVersions(owner, id, { even: true })).toBe(2);
      expect((await assistants.versions({ owner, id, window: { limit: 1, inverted: false } }))[0]?.name).toBe(
        'over',
      );
    });

    test('are found by graph, metadata and a part of the name, whatever its case and its signs', async () => {
      await using fixture = await open();
      const { store } = fixture;
      const names = ['Ärger 100%', 'ärgerlich', 'a_b', 'axb', 'back\\slash'];
      await stored(
        store,
        ...names.map((name, n) =>
          anAssistant({ name, graphId: n < 2 ? 'one' : 'two', metadata: { n, in: { it: n } } }),
        ),
      );
      const { assistants } = store.reads;
      const found = async (filter: Partial<AssistantFilter>) =>
        (
          await assistants.search({
            ...ALL,
            ...filter,
            sortBy: 'NAME',
            direction: 'ASC',
            limit: 9,
            offset: 0,
          })
        ).map(({ name }) => name);

      expect(await found({ name: 'ÄRGER' })).toEqual(['Ärger 100%', 'ärgerlich']);
      expect(await found({ name: '0%' })).toEqual(['Ärger 100%']);
      expect(await found({ name: 'A_B' })).toEqual(['a_b']);
      expect(await found({ name: '\\' })).toEqual(['back\\slash']);
      expect(await found({ graphId: 'two', metadata: { in: { it: 3 } } })).toEqual(['axb']);
      expect(await assistants.count({ ...ALL, graphId: 'two' })).toBe(3);
      expect(await found({ owner: someoneElse })).toEqual([]);
    });

    test('are sorted and paged alike by offset and by key, equal ones by id', async () => {
      await using fixture = await open();
      const { store } = fixture;
      const ids = [
        '00000000-0000-4000-8000-00000000000a',
        '00000000-0000-4000-8000-00000000000b',
      ] as AssistantId[];
      const [a, b] = ids.map((id) => anAssistant({ id, name: 'same', createdAt: at(1) })) as [
        Assistant,
        Assistant,
      ];
      const c = anAssistant({ name: 'Zoo', createdAt: at(2) });
      await stored(store, b, c, a);
      const { assistants } = store.reads;
      const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
      const namesBy = async (direction: 'ASC' | 'DESC') =>
        (await assistants.search({ ...ALL, sortBy: 'NAME', direction, limit: 9, offset: 0 })).map(
          ({ id }) => id,
        );

      const searched = await assistants.search({
        ...ALL,
        sortBy: 'CREATED_AT',
        direction: 'DESC',
        limit: 2,
        offset: 1,
      });
      const paged = await assistants.page({
        ...ALL,
        order,
        window: { limit: 2, inverted: false, after: { value: at(2).getTime(), id: c.id } },
      });

      expect(searched.map(({ id }) => id)).toEqual([b.id, a.id]);
      expect(paged).toEqual(searched);
      expect(await namesBy('ASC')).toEqual([c.id, a.id, b.id]);
      expect(await namesBy('DESC')).toEqual([b.id, a.id, c.id]);
    });

    test('a default one is only shown while its graph is served', async () => {
      await using fixture = await open();
      const { store } = fixture;
      const [served, gone, own] = [
        anAssistant({ isDefault: true }),
        anAssistant({ isDefault: true }),
        anAssistant(),
      ];
      await stored(store, served, gone, own);

      const shown = await store.reads.assistants.search({
        ...ALL,
        defaults: [served.id],
        sortBy: 'ASSISTANT_ID',
        direction: 'ASC',
        limit: 9,
        offset: 0,
      });

      expect(shown.map(({ id }) => id)).toEqual([served.id, own.id].sort());
      expect(await store.reads.assistants.count({ ...ALL, defaults: [] })).toBe(1);
    });

    test('their runs and threads are found', async () => {
      await using fixture = await open();
      const { store } = fixture;
      const assistant = anAssistant();
      const other = newAssistantId();
      const [alone, shared, named, foreign] = [
        aThread(),
        aThread(),
        { ...aThread(), metadata: { assistant_id: assistant.id } },
        aThread(),
      ];
      const runs = [
        { ...aRun(alone), assistantId: assistant.id },
        { ...aRun(shared), assistantId: assistant.id },
        { ...aRun(shared), assistantId: other, position: 2 },
        { ...aRun(foreign), assistantId: other },
      ];
      await store.transaction(async (tx) => {
        for (const thread of [alone, shared, named, foreign]) await tx.threads.insert(thread);
        for (const run of runs) await tx.runs.insert(run);
      });
      const { assistants } = store.reads;
      const own = runs.slice(0, 2).sort((one, another) => (one.id < another.id ? -1 : 1));

      const first = await assistants.runs(alone.owner, assistant.id, null, 1);
      const rest = await assistants.runs(alone.owner, assistant.id, first[0]?.id ?? null, 9);

      expect([...first, ...rest]).toEqual(own.map(({ id, threadId }) => ({ id, threadId })));
      expect(await assistants.threads(alone.owner, assistant.id, 9)).toEqual([alone.id, named.id].sort());
      expect(await assistants.threads(someoneElse, assistant.id, 9)).toEqual([]);
    });
  });
}
