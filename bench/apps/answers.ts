/** What every app answers, whatever it is written on: the same bytes from all of them. */
export const HELLO = "Hello, World!";

/** About 10 kB once it is text; each request makes the text anew, as an API does. */
export const ITEMS = Array.from({ length: 86 }, (_, i) => ({
  id: i + 1,
  name: `Item number ${i + 1}`,
  email: `someone.${i + 1}@example.org`,
  price: (i * 137) / 10,
  tags: ["one", "two", "three"],
  active: i % 3 === 0,
}));

/** A streamed download: 1600 chunks of 64 kB are 100 MB (104,857,600 bytes). */
export const CHUNK = new Uint8Array(65_536).fill(97);
export const CHUNKS = 1600;

/** When this process loaded the app, milliseconds since 1970: a reload is over when no older one answers. */
export const LOADED = String(Date.now());

/** Work that takes a processor of today about one millisecond: so much work, not so much time on the clock. */
export function burn(): number {
  let hash = 1;
  for (let i = 0; i < 760_000; i++) hash = Math.imul(hash ^ i, 0x9e3779b1);
  return hash;
}

export function stream(): ReadableStream<Uint8Array> {
  let left = CHUNKS;
  return new ReadableStream({
    pull(controller) {
      if (left-- === 0) controller.close();
      else controller.enqueue(CHUNK);
    },
  });
}

/** What `/headers` says about a browser's headers: an app that reads two of them. */
export function language(accept: string | null | undefined, cookie: string | null | undefined): string {
  return `${accept?.slice(0, 2) ?? "en"}, ${cookie?.length ?? 0} bytes of cookies`;
}
