import { poll } from "./poll.ts";

/** Waits until a number has stopped growing. */
export async function settled(look: () => number): Promise<number> {
  let last = -1;
  let same = 0;
  await poll(
    () => {
      const now = look();
      same = now === last ? same + 1 : 0;
      last = now;
      return same;
    },
    (times) => last > 0 && times >= 30,
  );
  return last;
}
