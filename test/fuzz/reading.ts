/** What a parser makes of the bytes of one connection. */
export interface Reading {
  /** In the order of arrival; the last one may be incomplete. */
  readonly requests: readonly ReadRequest[];
  /** Why nothing after them was read, or undefined: it waits for more, or the connection is not kept. */
  readonly refusal: string | undefined;
  /** The bytes end within a head or trailers that would be refused if they ended there: some parsers don't wait for that. */
  readonly isDoomed: boolean;
}

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  /** Latin1. */
  readonly body: string;
  readonly isComplete: boolean;
}
