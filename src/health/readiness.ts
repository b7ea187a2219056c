import type { ReadinessCheck } from '../graphql/http/health.ts';

/** One thing that can speak against readiness: the reason why the service can't take work now; null: nothing. A rejection counts as not ready. */
export type ReadinessReason = () => string | null | Promise<string | null>;

/** Ready while no reason speaks against it; else the first one that does, in the order given. */
export const readyUnless =
  (reasons: readonly ReadinessReason[]): ReadinessCheck =>
  async () => {
    for (const find of reasons) {
      const reason = await find();
      if (reason !== null) return { ready: false, reason };
    }
    return { ready: true };
  };
