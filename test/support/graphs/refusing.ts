import type { RunnableConfig } from '@langchain/core/runnables';
import { graph as echo } from './echo.ts';

/** A function of the config that throws when the config says `refuse`, and else returns the graph `echo`. */
export const graph = (config: RunnableConfig) => {
  if (config.configurable?.['refuse'] === true) throw new RangeError('This config is refused');
  return echo;
};
