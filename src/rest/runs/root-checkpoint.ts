import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { RestDeps } from '../deps.ts';
import { unprocessable } from '../rest-error.ts';
import type { StatefulRunBody } from '../schemas/create-run.ts';
import { requireThread } from '../views.ts';

type Named = { readonly ns: string; readonly id: string | undefined; readonly root: string | undefined; readonly path: readonly string[] };

/**
 * The root checkpoint that a run is to start from; undefined: the newest. A subgraph's checkpoint stands for the root checkpoint that it was made
 * under, which its checkpoint_map says, or else the checkpoint itself. Rejects with 422 where neither does.
 */
export async function rootCheckpoint(deps: RestDeps, threadId: string, body: StatefulRunBody): Promise<string | undefined> {
  const { ns, id, root, path } = namedCheckpoint(body);
  if (ns === '') return id;
  if (root !== undefined) return root;
  const state = id === undefined ? null : await deps.orchestrator.queries.state(await requireThread(deps, threadId), id, false, ns);
  const parents = state?.metadata['parents'];
  const found = isJsonObject(parents) ? parents[''] : undefined;
  if (typeof found === 'string') return found;
  const message =
    'must be a checkpoint of the root graph, or one of a subgraph with its checkpoint_id: no such checkpoint of a subgraph is known';
  throw unprocessable([{ path, message }]);
}

/** A config without the keys that named a checkpoint. */
export function withoutCheckpoint(config: JsonObject | undefined): JsonObject | undefined {
  const configurable = config?.['configurable'];
  if (!isJsonObject(configurable)) return config;
  const { checkpoint_id: _id, checkpoint_ns: _ns, checkpoint_map: _map, ...kept } = configurable;
  return { ...config, configurable: kept };
}

/** As `checkpoint`, as `checkpoint_id`, or in `config.configurable`: the first that names one counts. */
function namedCheckpoint({ checkpoint, checkpoint_id, config }: StatefulRunBody): Named {
  const configurable = config?.['configurable'];
  const configured = isJsonObject(configurable) ? configurable : {};
  if (checkpoint?.checkpoint_id !== undefined || (checkpoint?.checkpoint_ns ?? '') !== '')
    return named(checkpoint ?? {}, ['checkpoint', 'checkpoint_ns']);
  if (checkpoint_id !== undefined) return { ns: '', id: checkpoint_id, root: undefined, path: ['checkpoint_id'] };
  return named(configured, ['config', 'configurable', 'checkpoint_ns']);
}

function named(reference: Readonly<Record<string, unknown>>, path: readonly string[]): Named {
  const { checkpoint_ns: ns, checkpoint_id: id, checkpoint_map: map } = reference;
  const root = isJsonObject(map) ? map[''] : undefined;
  return {
    ns: typeof ns === 'string' ? ns : '',
    id: typeof id === 'string' ? id : undefined,
    root: typeof root === 'string' ? root : undefined,
    path,
  };
}
