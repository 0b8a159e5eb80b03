/** Types and constants of FastCGI 1.0, section 8, by the names they have there without their FCGI_. */

export const VERSION = 1;
/** Bytes of a record header. */
export const HEADER_LENGTH = 8;
/** Bytes that a record can carry. */
export const MAX_CONTENT = 65_535;
/** The request id of management records (section 3.3). */
export const NULL_REQUEST_ID = 0;

export const BEGIN_REQUEST = 1;
export const ABORT_REQUEST = 2;
export const END_REQUEST = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;
export const STDERR = 7;
export const DATA = 8;
export const GET_VALUES = 9;
export const GET_VALUES_RESULT = 10;
export const UNKNOWN_TYPE = 11;

/** The only role that answers HTTP requests (section 6.2). */
export const RESPONDER = 1;
/** A bit in the flags of BEGIN_REQUEST: the web server closes the connection, not the app (section 5.1). */
export const KEEP_CONN = 1;

/** protocolStatus of END_REQUEST (section 5.5). */
export const REQUEST_COMPLETE = 0;
export const CANT_MPX_CONN = 1;
export const OVERLOADED = 2;
export const UNKNOWN_ROLE = 3;
