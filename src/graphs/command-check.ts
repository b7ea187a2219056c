import { END } from '@langchain/langgraph';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { RunCommand } from '../domain/run.ts';
import type { ValidationIssue } from '../orchestrator/ports/graph-host.ts';
import type { CompiledGraph } from './graph-source.ts';
import { messageIssues } from './message-check.ts';

/** Names in errors are cut to this many characters. */
const SHOWN = 100;

/** The graph's own nodes; LangGraph's (the start, error handlers) are not among them. */
export const nodesOf = (graph: CompiledGraph): string[] => Object.keys(graph.nodes).filter((node) => !node.startsWith('__'));

/**
 * What LangGraph would drop without a word, or break the thread with: jumps to nodes that the graph does not have, writes to keys that are not
 * of its state, and messages with fields of the wrong shape. Paths are within the command.
 */
export function commandIssues(graph: CompiledGraph, { goto, update }: RunCommand): ValidationIssue[] {
  return [...gotoIssues(graph, goto ?? null), ...updateIssues(graph, update ?? null)];
}

function gotoIssues(graph: CompiledGraph, goto: Json): ValidationIssue[] {
  if (goto === null) return [];
  const nodes = nodesOf(graph);
  const isTarget = (target: Json): boolean => {
    if (isJsonObject(target)) return nodes.includes(String(target['node']));
    const node = String(target);
    return node === END || (nodes.includes(node) && Object.hasOwn(graph.channels, `branch:to:${node}`));
  };
  const targets: readonly Json[] = Array.isArray(goto) ? goto : [goto];
  return targets.flatMap((target, index) => {
    if (isTarget(target)) return [];
    const name = String(isJsonObject(target) ? target['node'] : target).slice(0, SHOWN);
    const path = ['goto', ...(Array.isArray(goto) ? [String(index)] : []), ...(isJsonObject(target) ? ['node'] : [])];
    return [{ path, message: `the graph has no node "${name}" to go to; its nodes are ${nodes.join(', ')}` }];
  });
}

function updateIssues(graph: CompiledGraph, update: Json): ValidationIssue[] {
  if (update === null) return [];
  const keys = Array.isArray(update) ? update.map((pair) => String((pair as readonly Json[])[0])) : Object.keys(update as object);
  const state: readonly string[] = graph.streamChannelsList.map(String);
  const unknown = keys
    .filter((key) => !state.includes(key))
    .map((key) => ({ path: ['update', key.slice(0, SHOWN)], message: `is not part of the state; its keys are ${state.join(', ')}` }));
  const writes = Array.isArray(update) ? update.map((pair) => Object.fromEntries([pair as [string, Json]])) : [update];
  const ofMessages = writes.flatMap((write) => messageIssues(graph, write));
  return [...unknown, ...ofMessages.map(({ path, message }) => ({ path: ['update', ...path], message }))];
}
