/**
 * The part of node on which its own sockets are made, with the names that its documentation does not
 * have; they are all named here. Where any is missing, there is no binding, and sockets serve.
 */
export interface StreamHandle {
  onread: () => void;
  readonly writeQueueSize: number;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  writeLatin1String(request: object, text: string): number;
  writeBuffer(request: object, bytes: Uint8Array): number;
  writev(request: object, parts: unknown[], allBuffers: boolean): number;
  shutdown(request: object): number;
  close(closed: () => void): void;
  /** TCP alone has these. */
  reset?(closed: () => void): number;
  setNoDelay?(enable: boolean): number;
  getpeername?(into: AddressOut): number;
  getsockname?(into: AddressOut): number;
}

export interface AddressOut {
  address?: string;
  port?: number;
}

/** A write or a shutdown that is under way. */
export interface StreamRequest {
  oncomplete?: (status: number) => void;
  /** Kept from being collected as long as the request is. */
  bytes?: unknown;
}

/** The handle of a unix socket that connects. */
export interface PipeHandle extends StreamHandle {
  /** The descriptor, once `connect` was called. */
  readonly fd?: number;
  /** 0: `request.oncomplete` follows. */
  connect(request: object, path: string): number;
}

export interface PipeBinding {
  readonly Pipe: new (type: number) => PipeHandle;
  readonly PipeConnectWrap: new () => StreamRequest;
  readonly constants: { readonly SOCKET: number };
}

export interface StreamBinding {
  readonly WriteWrap: new () => StreamRequest;
  readonly ShutdownWrap: new () => StreamRequest;
  /** What a call has to say beside its result, at the places below. */
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
}

/** undefined: this node has another. */
export const streamBinding: StreamBinding | undefined = findStream();
/** undefined: this node has another. */
export const pipeBinding: PipeBinding | undefined = findPipe();

function findStream(): StreamBinding | undefined {
  const found = internal("stream_wrap");
  const { WriteWrap, ShutdownWrap, streamBaseState, kReadBytesOrError, kLastWriteWasAsync } = found ?? {};
  const isWhole =
    typeof WriteWrap === "function" &&
    typeof ShutdownWrap === "function" &&
    ArrayBuffer.isView(streamBaseState) &&
    typeof kReadBytesOrError === "number" &&
    typeof kLastWriteWasAsync === "number";
  return isWhole ? (found as unknown as StreamBinding) : undefined;
}

function findPipe(): PipeBinding | undefined {
  const found = internal("pipe_wrap");
  const { Pipe, PipeConnectWrap, constants } = found ?? {};
  const isWhole =
    typeof Pipe === "function" &&
    typeof Pipe.prototype.connect === "function" &&
    typeof PipeConnectWrap === "function" &&
    typeof (constants as { SOCKET?: unknown } | undefined)?.SOCKET === "number";
  return isWhole ? (found as unknown as PipeBinding) : undefined;
}

function internal(name: string): Record<string, unknown> | undefined {
  const { binding } = process as unknown as { binding?: (name: string) => Record<string, unknown> };
  try {
    return binding?.call(process, name);
  } catch {
    return undefined;
  }
}

const METHODS = [
  "useUserBuffer",
  "readStart",
  "readStop",
  "writeLatin1String",
  "writeBuffer",
  "writev",
  "shutdown",
  "close",
] as const;

export function isStreamHandle(handle: unknown): handle is StreamHandle {
  return (
    typeof handle === "object" &&
    handle !== null &&
    METHODS.every((name) => typeof Reflect.get(handle, name) === "function") &&
    typeof Reflect.get(handle, "writeQueueSize") === "number"
  );
}
