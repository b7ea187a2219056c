/** Only the members that `select` names; all of them without it. */
export const picked = <T extends object>(object: T, select: readonly string[] | undefined): Partial<T> =>
  select === undefined ? object : (Object.fromEntries(Object.entries(object).filter(([key]) => select.includes(key))) as Partial<T>);
