import type { Assistant } from '../domain/assistant.ts';
import type { RunDeps } from './create-run.ts';
import type { CreateRun } from './orchestrator.ts';
import type { GraphCall, ValidationIssue } from './ports/graph-host.ts';
import { issue } from './validation.ts';

/** Longer names are cut in messages. */
const MAX_NAME = 100;
/** So many nodes of a field are named; the others are counted. */
const MAX_NAMED = 10;

/**
 * The breakpoints of the command that name nodes which the graph does not have. Nothing is known where the graph can't be built with this
 * configuration. Runs user code, so outside of a transaction.
 */
export async function unknownBreakpoints(
  { graphs }: Pick<RunDeps, 'graphs'>,
  { interruptBefore = [], interruptAfter = [] }: Pick<CreateRun, 'interruptBefore' | 'interruptAfter'>,
  { graphId }: Pick<Assistant, 'graphId'>,
  call: GraphCall,
): Promise<readonly ValidationIssue[]> {
  if ([...interruptBefore, ...interruptAfter].every((node) => node === '*')) return [];
  const known = await graphs.nodes(graphId, call);
  if (known === null) return [];
  return [...issuesOf('interruptBefore', interruptBefore, known), ...issuesOf('interruptAfter', interruptAfter, known)];
}

function issuesOf(field: string, nodes: readonly string[], known: readonly string[]): ValidationIssue[] {
  const all = new Set(known).add('*');
  const unknown = [...new Set(nodes)].filter((node) => !all.has(node));
  const named = unknown
    .slice(0, MAX_NAMED)
    .map((node) => issue(field, `the graph has no node "${cut(node)}"; its nodes are ${known.join(', ')}`));
  const more = unknown.length - named.length;
  return more === 0 ? named : [...named, issue(field, `the graph has none of ${more} more nodes`)];
}

const cut = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME).toWellFormed()}…` : name);
