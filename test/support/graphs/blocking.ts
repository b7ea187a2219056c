import { existsSync } from 'node:fs';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Its node blocks the event loop until the file exists whose path is the input's text. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('blocks', ({ messages }) => {
    while (!existsSync(messages.at(-1)?.text ?? '')) Atomics.wait(never, 0, 0, 10);
    return {};
  })
  .addEdge(START, 'blocks')
  .compile();
