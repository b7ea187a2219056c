import type { Run } from '../../domain/run.ts';

/** Where the run is: relative to the API's base, and nothing behind its id (protocol.md §0.5). */
export const runPath = (run: Pick<Run, 'id' | 'threadId'>, { stateless }: { readonly stateless: boolean }): string =>
  stateless ? `/runs/${run.id}` : `/threads/${run.threadId}/runs/${run.id}`;

/** Content-Location says which run was created, Location where to come back to after the connection broke. */
export const runHeaders = (
  run: Pick<Run, 'id' | 'threadId'>,
  { stateless, rejoin }: { readonly stateless: boolean; readonly rejoin: 'stream' | 'join' },
): Record<string, string> => {
  const path = runPath(run, { stateless });
  return { 'content-location': path, location: `${path}/${rejoin}` };
};
