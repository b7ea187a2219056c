import { deltaChannelHistoryTests, validate } from '@langchain/langgraph-checkpoint-validation';
import { type Checkpoints, openCheckpoints } from './checkpoints-fixture.ts';

const open = new Map<object, Checkpoints>();

const initializer = {
  checkpointerName: 'interject',
  async createCheckpointer() {
    const checkpoints = await openCheckpoints();
    const saver = checkpoints.store.unfenced();
    open.set(saver, checkpoints);
    return saver;
  },
  async destroyCheckpointer(saver: object) {
    await open.get(saver)?.[Symbol.asyncDispose]();
    open.delete(saver);
  },
};

validate(initializer);
deltaChannelHistoryTests(initializer);
