import { cycles, type ModuleGraph } from '../../scripts/module-graph.ts';

type Room = {
  /** Rooms that its files may import, besides their own. `.` is the composition root, `src/*.ts`. */
  readonly rooms: readonly string[];
  /** Files of other rooms that it may import. */
  readonly files?: readonly string[];
  /** Packages that it may use; `node:` stands for Node's own modules. */
  readonly packages: readonly string[];
};

/** Who may import whom (docs/architecture.md, "Folders"). The composition root may import everything. */
export const ROOMS: Readonly<Record<string, Room>> = {
  domain: { rooms: [], packages: ['croner', 'uuid'] },
  orchestrator: { rooms: ['domain'], packages: ['node:', 'lru-cache', 'safe-stable-stringify', 'zod'] },
  events: { rooms: ['domain', 'orchestrator'], packages: ['node:', 'lru-cache'] },
  graphs: {
    rooms: ['domain', 'orchestrator'],
    packages: ['node:', '@langchain/', 'langchain', 'uuid', 'zod'],
  },
  storage: {
    rooms: ['domain', 'orchestrator'],
    packages: [
      'node:',
      '@mikro-orm/',
      'better-sqlite3',
      'kysely',
      'lru-cache',
      'pg',
      'uuid',
      '@langchain/core',
      '@langchain/langgraph-checkpoint',
    ],
  },
  messaging: {
    rooms: ['domain', 'orchestrator'],
    packages: ['node:', '@graphql-hive/pubsub', '@nats-io/', 'ioredis', 'pg', 'uuid', 'zod'],
  },
  webhooks: { rooms: ['orchestrator'], packages: ['node:', 'ipaddr.js', 'standardwebhooks', 'undici'] },
  http: { rooms: ['domain', 'orchestrator', '.'], packages: ['node:', 'ws'] },
  graphql: {
    rooms: ['domain', 'orchestrator', 'http'],
    packages: ['node:', '@graphql-yoga/', '@pothos/', 'graphql', 'lru-cache', 'ws'],
  },
  rest: {
    rooms: ['domain', 'orchestrator', 'http'],
    packages: ['node:', '@hono/', '@langchain/protocol', 'hono', 'lru-cache', 'prom-client', 'ws', 'zod'],
  },
  client: {
    rooms: [],
    // How events make messages is one fact (ADR 0033): pure files, which browsers can load.
    files: [
      'src/domain/chunk-merge.ts',
      'src/domain/json.ts',
      'src/domain/message.ts',
      'src/domain/message-fold.ts',
    ],
    packages: ['@graphql-typed-document-node/core', 'graphql-ws'],
  },
};

/** The one place where the transports are put together with the server that carries them. */
const MOUNTS = 'src/http/server.ts';

export type Violation = { readonly file: string; readonly message: string };

/** Every import that the rules forbid, and every circle. */
export function violations(graph: Pick<ModuleGraph, 'files' | 'edges' | 'packages'>): Violation[] {
  const found: Violation[] = cycles(graph).map((files) => ({
    file: files[0] ?? '',
    message: `imports itself through ${files.join(', ')}`,
  }));
  for (const { from, to } of graph.edges) {
    const [room, other] = [roomOf(from), roomOf(to)];
    if (room === '.' || room === other || (from === MOUNTS && other === 'graphql')) continue;
    const rule = ROOMS[room];
    if (rule === undefined) found.push({ file: from, message: `no rule says what ${room}/ may import` });
    else if (!rule.rooms.includes(other) && rule.files?.includes(to) !== true)
      found.push({ file: from, message: `${room}/ may not import ${to}` });
  }
  for (const [file, packages] of graph.packages) {
    const allowed = ROOMS[roomOf(file)]?.packages;
    for (const name of allowed === undefined ? [] : packages)
      if (!allowed?.some((one) => isOf(name, one)))
        found.push({ file, message: `${roomOf(file)}/ may not use ${name}` });
  }
  return found;
}

const roomOf = (file: string): string => {
  const [, room = '', ...rest] = file.split('/');
  return rest.length === 0 ? '.' : room;
};

/** `graphql` allows itself, what is below it, and its relatives with a hyphen. */
const isOf = (name: string, allowed: string): boolean =>
  name === allowed ||
  (/[/:]$/.test(allowed)
    ? name.startsWith(allowed)
    : name.startsWith(`${allowed}/`) || name.startsWith(`${allowed}-`));
