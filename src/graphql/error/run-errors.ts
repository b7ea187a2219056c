import type { Run } from '../../domain/run.ts';
import { builder } from '../builder.ts';
import { RunRef } from '../run/run-ref.ts';
import { ErrorInterface } from './error-interface.ts';

/** The schema's errors about the run that is in the way. */

export class ThreadBusyError extends Error {
  readonly blockingRun: Run;

  constructor(blockingRun: Run) {
    super(`Thread ${blockingRun.threadId} is busy: run ${blockingRun.id} is ${blockingRun.status}.`);
    this.blockingRun = blockingRun;
  }
}

builder.objectType(ThreadBusyError, {
  name: 'ThreadBusyError',
  description: 'Refused because the thread has unfinished runs. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    blockingRun: t.field({ type: RunRef, description: 'The oldest unfinished run of the thread.', resolve: (error) => error.blockingRun }),
  }),
});

export class RunActiveError extends Error {
  readonly run: Run;

  constructor(run: Run) {
    super(`Run ${run.id} has not ended: it is ${run.status}.`);
    this.run = run;
  }
}

builder.objectType(RunActiveError, {
  name: 'RunActiveError',
  description: 'deleteRun on a run that has not ended.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: 'The run as it is.', resolve: (error) => error.run }) }),
});

export class JoinTimeoutError extends Error {
  readonly run: Run;

  constructor(run: Run) {
    super(`Run ${run.id} did not end in time: it is ${run.status}.`);
    this.run = run;
  }
}

builder.objectType(JoinTimeoutError, {
  name: 'JoinTimeoutError',
  description: 'The run had not ended when timeoutSeconds were over. It goes on; join it again.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: 'The run as it is.', resolve: (error) => error.run }) }),
});
