/** The parts of a head in their order: what the next byte is read as (RFC 9112, sections 3 and 5). */
export const METHOD = 0;
export const TARGET = 1;
export const VERSION = 2;
export const REQUEST_LINE_LF = 3;
export const FIRST_LINE_START = 4;
export const LINE_START = 5;
export const NAME = 6;
export const BEFORE_VALUE = 7;
export const VALUE = 8;
export const FIELD_LF = 9;
export const LAST_LF = 10;

export type Part =
  | typeof METHOD
  | typeof TARGET
  | typeof VERSION
  | typeof REQUEST_LINE_LF
  | typeof FIRST_LINE_START
  | typeof LINE_START
  | typeof NAME
  | typeof BEFORE_VALUE
  | typeof VALUE
  | typeof FIELD_LF
  | typeof LAST_LF;
