import type { Logger } from '../../src/orchestrator/ports/environment.ts';

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
