import { setImmediate as turn } from "node:timers/promises";
import type { Coverage } from "./coverage.ts";
import type { Dice } from "./dice.ts";

/** Something that takes any bytes. It throws where they make it do what it must not. */
export interface Target {
  readonly name: string;
  /** What mutations start from. */
  readonly seeds: readonly Buffer[];
  /** Pieces of input that chance would not make. */
  readonly words: readonly Buffer[];
  run(input: Buffer): void;
}

/** How a run went. */
export interface Figures {
  readonly executions: number;
  /** Inputs kept beside the seeds, because they made something run that had not run before. */
  readonly kept: number;
  /** Characters of source that have run. */
  readonly covered: number;
}

/** Looking at the coverage takes milliseconds, as long as running a few hundred inputs. */
const BATCH = 256;
const LONGEST = 8192;

/**
 * Runs the seeds, then mutations of what is kept, keeping each input that makes code run for the first
 * time, until `isOver`.
 * @throws Error with the input in hexadecimal, where the target throws; `cause` is what it threw.
 */
export async function guidedFuzzing(
  target: Target,
  coverage: Coverage,
  dice: Dice,
  isOver: () => boolean,
): Promise<Figures> {
  let executions = 0;
  const execute = (input: Buffer): void => {
    executions++;
    try {
      target.run(input);
    } catch (cause) {
      throw new Error(`${target.name} on ${input.toString("hex")}`, { cause });
    }
  };
  /** Finds those of a batch that make something run for the first time, half by half. */
  const keepNew = (inputs: readonly Buffer[]): void => {
    for (const input of inputs) execute(input);
    if (!coverage.isNew(inputs.length === 1)) return;
    const middle = inputs.length >> 1;
    if (middle === 0) kept.push(...inputs);
    else for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) keepNew(half);
  };

  coverage.isNew(true);
  for (const seed of target.seeds) execute(seed);
  coverage.isNew(true);
  const kept: Buffer[] = [...target.seeds];
  while (!isOver()) {
    keepNew(Array.from({ length: BATCH }, () => mutation(kept, target.words, dice)));
    await turn();
  }
  return { executions, kept: kept.length - target.seeds.length, covered: coverage.size };
}

function mutation(kept: readonly Buffer[], words: readonly Buffer[], dice: Dice): Buffer {
  let input = dice.pick(kept);
  for (let changes = 1 + dice.below(4); changes > 0; changes--) {
    const at = dice.below(input.length + 1);
    const to = Math.min(input.length, at + dice.below(dice.chance(0.8) ? 3 : 64));
    input = Buffer.concat([input.subarray(0, at), piece(input, kept, words, dice), input.subarray(to)]);
  }
  return input.subarray(0, LONGEST);
}

/** What is put in. */
function piece(input: Buffer, kept: readonly Buffer[], words: readonly Buffer[], dice: Dice): Buffer {
  switch (dice.below(6)) {
    case 0:
      return Buffer.alloc(0);
    case 1:
    case 2:
      return Buffer.of(
        dice.chance(0.5) ? dice.below(256) : dice.pick([0, 1, 0x7f, 0x80, 0xff, 0x0d, 0x0a, 0x20]),
      );
    case 3:
      return words.length === 0 ? Buffer.alloc(0) : dice.pick(words);
    case 4: {
      const from = dice.below(input.length + 1);
      return input.subarray(from, from + dice.below(64));
    }
    default: {
      const other = dice.pick(kept);
      return other.subarray(dice.below(other.length + 1));
    }
  }
}
