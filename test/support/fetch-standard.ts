import { test } from "node:test";
import { installLightFetch } from "../../src/app/light-fetch.ts";

export type BodyInit = NonNullable<ConstructorParameters<typeof Response>[0]>;
export type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;

export interface Deviation {
  /** Why node's own classes do not do it: they are asked all the same, and may fail. */
  readonly node?: string;
  /** Why neither node's nor ours do. */
  readonly both?: string;
}

/**
 * A promise of the Fetch standard, kept by node's own classes and by the light ones: `body` runs once with
 * each of them in `globalThis`. Tests of one file run in turn.
 */
export function standard(promise: string, body: () => unknown, { node, both }: Deviation = {}): void {
  const ofNode = node ?? both;
  test(`node's: ${promise}`, ofNode === undefined ? {} : { todo: ofNode }, async () => {
    await body();
  });
  test(`light: ${promise}`, both === undefined ? {} : { todo: both }, async () => {
    const uninstall = installLightFetch();
    try {
      await body();
    } finally {
      uninstall();
    }
  });
}
