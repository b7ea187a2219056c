/** A guard that is taken out of the code, and the tests of which one has to fail without it. */
export type Mutant = {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
};

const RESUMES = ['test/orchestrator/guards.test.ts', 'test/orchestrator/pauses.test.ts'];
const FENCES = ['test/orchestrator/guards.test.ts'];

/**
 * Statements, mostly, which Stryker doesn't remove one by one. Each of these survived the tests at some time.
 */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a resume is not checked again against the state version',
    file: 'src/orchestrator/commands/admit-runs.ts',
    from: "if (resumable?.stateVersion !== thread.stateVersion) return { kind: 'stateChanged' };",
    to: '',
    tests: RESUMES,
  },
  {
    name: 'a release without the fence',
    file: 'src/orchestrator/execution/execute-run.ts',
    from: 'const { run } = await requireCurrent(tx, claim);\n    const leaseUntil =',
    to: 'const run = await tx.runs.find(claim.runId);\n    const leaseUntil =',
    tests: FENCES,
  },
  {
    name: 'a mend without the fence',
    file: 'src/orchestrator/execution/prepare-start.ts',
    from: 'await requireCurrent(tx, claim);\n      if (!(await tx.checkpoints.commit(buffer)))',
    to: 'if (!(await tx.checkpoints.commit(buffer)))',
    tests: FENCES,
  },
  {
    name: 'settle without the fence',
    file: 'src/orchestrator/execution/claim-runs.ts',
    from: " || run.status !== 'RUNNING' || run.attempt !== claim.attempt)\n    throw",
    to: ') throw',
    tests: FENCES,
  },
  {
    name: 'a repair that could not be committed is ignored',
    file: 'src/orchestrator/execution/settle.ts',
    from: "if (reconciliation.buffer !== null && !(await tx.checkpoints.commit(reconciliation.buffer)))\n          return { kind: 'reconcile', run };",
    to: 'if (reconciliation.buffer !== null) await tx.checkpoints.commit(reconciliation.buffer);',
    tests: FENCES,
  },
  {
    name: 'a rollback loses carried messages',
    file: 'src/storage/runs/run-tx.ts',
    from: "eb.case('carry').when('TAKEN').then(eb.val<Carry>('WAITING')).else(eb.ref('carry')).end()",
    to: "eb.ref('carry')",
    tests: ['test/storage/sql-store.test.ts'],
  },
  {
    name: 'a lease renewed by an old attempt',
    file: 'src/storage/runs/run-tx.ts',
    from: ".where('attempt', '=', p('attempt'))",
    to: '',
    tests: ['test/storage/sql-store.test.ts'],
  },
  {
    name: 'a stop signal that comes before its run is forgotten',
    file: 'src/orchestrator/execution/stop-registry.ts',
    from: 'if (stop === undefined) this.#early.set(runId, true);',
    to: 'if (stop === undefined) return;',
    tests: ['test/orchestrator/stop-registry.test.ts'],
  },
  {
    name: 'pruning a busy thread',
    file: 'src/orchestrator/maintenance/prune-threads.ts',
    from: "if ((await tx.runs.unfinished(id)).length > 0) return 'BUSY';",
    to: '',
    tests: ['test/scenarios/thread-care.test.ts'],
  },
  {
    name: 'a state update committed under a new run',
    file: 'src/orchestrator/commands/update-thread-state.ts',
    from: "if (blockingRun !== undefined) return { kind: 'busy', blockingRun };",
    to: '',
    tests: FENCES,
  },
  {
    name: 'an idempotency key that is valid at its expiry',
    file: 'src/storage/runs/idempotency-tx.ts',
    from: ".where('expires_at', '>', p('now'))",
    to: ".where('expires_at', '>=', p('now'))",
    tests: ['test/storage/idempotency.test.ts'],
  },
  {
    name: 'the joint commit without thread locks',
    file: 'src/storage/log/event-writer.ts',
    from: "      .select(['id', 'next_seq'])\n      .where('id', 'in', p.list('ids', size))\n      .orderBy('id')\n      .$call(locking(dialect)),",
    to: "      .select(['id', 'next_seq'])\n      .where('id', 'in', p.list('ids', size))\n      .orderBy('id'),",
    tests: ['test/storage/joint-commit-locks.test.ts'],
  },
];
