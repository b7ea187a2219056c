import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { Annotation, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

type Given = { readonly type: string; readonly fields: Readonly<Record<string, unknown>> } | null;

/** Its node returns a message with the fields that `give` holds, whatever their shapes, and says done. */
const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  give: Annotation<Given>(),
  x: Annotation<unknown>(),
});

function made({ type, fields }: NonNullable<Given>): BaseMessage {
  const message =
    type === 'tool'
      ? new ToolMessage({ content: '', tool_call_id: 'c' })
      : type === 'ai'
        ? new AIMessage('')
        : new HumanMessage('');
  // Past the constructor, which refuses some of them.
  return Object.assign(message, fields);
}

const answer = ({ give }: { readonly give?: Given }) => ({
  give: null,
  messages: [...(give == null ? [] : [made(give)]), new AIMessage('done')],
});

export const graph = new StateGraph(State).addNode('a', answer).addEdge(START, 'a').compile();

/** The same, with a reducer that keeps what comes as it is. */
const Kept = Annotation.Root({
  ...State.spec,
  messages: Annotation<unknown[], unknown>({
    reducer: (left, right) => left.concat(right),
    default: () => [],
  }),
});
export const keeping = new StateGraph(Kept).addNode('a', answer).addEdge(START, 'a').compile();
