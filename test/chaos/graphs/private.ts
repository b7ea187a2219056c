/**
 * The first word of everything a subagent says. No conversation may show it: its tool's result is all that
 * the parent gets.
 */
export const PRIVATE = 'privately';
