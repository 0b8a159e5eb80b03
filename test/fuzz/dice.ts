import { seededRandom } from "../wire/http1/random-splits.ts";

/** Choices that are the same for the same seed. */
export interface Dice {
  readonly seed: number;
  /** From 0 up to, not including, 1. */
  random(): number;
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number;
  chance(probability: number): boolean;
  pick<T>(list: ArrayLike<T>): T;
}

export function diceOf(seed: number): Dice {
  const random = seededRandom(seed);
  const below = (end: number): number => Math.floor(random() * end);
  return {
    seed,
    random,
    below,
    chance: (probability) => random() < probability,
    pick: (list) => list[below(list.length)]!,
  };
}
