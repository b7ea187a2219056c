/** What callers may not set: they'd point the run at another thread, run or checkpoint. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  'thread_id',
  'run_id',
  'graph_id',
  'assistant_id',
  'checkpoint_id',
  'checkpoint_ns',
  'checkpoint_map',
]);

/** Not the caller's to set, and nothing that leaves through the API: ids and LangGraph's or the server's own keys. */
export const isReservedKey = (key: string): boolean => OWN_KEYS.has(key) || isHiddenKey(key);

/** Keys of LangGraph's and authentication's own, which never leave through the API. */
export const isHiddenKey = (key: string): boolean =>
  key.startsWith('__') || key.startsWith('langgraph_auth_') || key === 'langgraph_request_id';
