import { expect, test } from 'vitest';
import { isHiddenKey, isReservedKey } from '../../src/domain/run-options.ts';

test.each([
  ['thread_id', true, false],
  ['run_id', true, false],
  ['graph_id', true, false],
  ['assistant_id', true, false],
  ['checkpoint_id', true, false],
  ['checkpoint_ns', true, false],
  ['checkpoint_map', true, false],
  ['__pregel_resuming', true, true],
  ['langgraph_auth_user', true, true],
  ['langgraph_request_id', true, true],
  ['user', false, false],
  ['user__', false, false],
  ['my_langgraph_auth_', false, false],
  ['langgraph_request_ids', false, false],
  ['', false, false],
])('the key %j is reserved: %s, hidden: %s', (key, reserved, hidden) => {
  expect(isReservedKey(key)).toBe(reserved);
  expect(isHiddenKey(key)).toBe(hidden);
});
