import { Annotation, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/** Two interrupts that wait at once: a resume has to say which of them it answers. */
const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  decisions: Annotation<Record<string, unknown>>({
    reducer: (known, more) => ({ ...known, ...more }),
    default: () => ({}),
  }),
});

export const graph = new StateGraph(State)
  .addNode('left', () => ({ decisions: { left: interrupt({ question: 'Left?' }) } }))
  .addNode('right', () => ({ decisions: { right: interrupt({ question: 'Right?' }) } }))
  .addEdge(START, 'left')
  .addEdge(START, 'right')
  .compile();
