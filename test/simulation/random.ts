import { Random } from '../chaos/random.ts';

/** One of a list, each as likely. */
export const oneOf = <T>(random: Random, list: readonly T[]): T =>
  list[random.between(0, list.length - 1)] as T;

/** The seed of the `index`th history of a series: neighbours have nothing in common. */
export const seedOf = (series: number, index: number): number => {
  const mixed = new Random((series ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0);
  return Math.floor(mixed.next() * 2 ** 32);
};
