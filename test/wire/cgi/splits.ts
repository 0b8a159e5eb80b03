/** A way to cut bytes into chunks. */
export interface Split {
  readonly name: string;
  cut(bytes: Buffer): Buffer[];
}

/**
 * Whole, byte by byte, and at random. `SEED=…` in the environment repeats a run; the seed is part of
 * the name, so that a failure prints it.
 */
export function splits(): Split[] {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const random = [0, 1, 2, 3, 4].map((n) => ({
    name: `split at random (SEED=${seed}, round ${n})`,
    cut: (bytes: Buffer) => cutAtRandom(bytes, generator(seed + n)),
  }));
  return [
    { name: "whole", cut: (bytes) => [bytes] },
    { name: "byte by byte", cut: (bytes) => Array.from(bytes, (byte) => Buffer.of(byte)) },
    ...random,
  ];
}

function cutAtRandom(bytes: Buffer, random: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    // Short pieces mostly, so that heads are cut; empty ones too.
    const length = Math.floor(random() ** 3 * 60);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

/** Mulberry32: numbers from 0 up to 1, the same for the same seed. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
