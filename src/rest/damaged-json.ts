import { damageOf, withoutDamage } from '../domain/damage.ts';

/**
 * Makes the JSON of a row. A damaged one has null for what can't be read, and an `error` that says so: lists
 * keep it beside the others.
 */
export const withDamage =
  <Args extends readonly [object, ...unknown[]], J extends object>(toJson: (...args: Args) => J) =>
  (...args: Args): J => {
    const [row, ...more] = args;
    const damage = damageOf(row);
    if (damage === null) return toJson(...args);
    const json = toJson(...([withoutDamage(row), ...more] as unknown as Args));
    return { ...json, error: { error: damage.name, message: damage.message } };
  };
