import type { Figure } from './figure.ts';

export type Effort = 'full' | 'quick';

/** Says what can't be measured here, and why: a sentence each time. */
export type LeaveOut = (told: string) => void;

/** One bench; it runs in a process of its own. */
export type Bench = (effort: Effort, leaveOut: LeaveOut) => Promise<readonly Figure[]>;

/** What a bench came to. */
export type Measured = { readonly figures: readonly Figure[]; readonly leftOut: readonly string[] };
