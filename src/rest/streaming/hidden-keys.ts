/** LangGraph's own keys and authentication's never leave through the API (protocol.md §1.5). */
export const isShown = (key: string): boolean =>
  !key.startsWith('__') && !key.startsWith('langgraph_auth_') && key !== 'langgraph_request_id';
