/**
 * What master and worker say to each other: one JSON line each, over the channel that the worker
 * inherits (node's IPC channel; NODE_CHANNEL_FD names its descriptor). One union each way.
 */

/** How a listener's bytes are to be read. */
export type Protocol = "http" | "https" | "uwsgi" | "fastcgi";

/** What a listener for TLS shows and asks for; PEM texts. It crosses the channel because only the master may read the key. */
export interface TlsConfig {
  /** Several are of different kinds of keys, for the same names. */
  readonly pairs: readonly KeyPairConfig[];
  /** What those are shown who ask for a name: "example.com", "*.example.com". */
  readonly named: readonly { readonly name: string; readonly pair: KeyPairConfig }[];
  /** As OpenSSL lists them, for TLS 1.2. */
  readonly ciphers: string;
  /** Authorities of clients' certificates; undefined: none is asked for. */
  readonly authorities: string | undefined;
  /** Whether a client without a certificate is turned away. */
  readonly required: boolean;
  /** 48 bytes in base64, the same for all workers, so that a session goes on with another of them. */
  readonly ticketKeys: string;
}

interface KeyPairConfig {
  readonly certificate: string;
  readonly key: string;
}

/** A listening socket as a worker inherits it. */
export interface InheritedListener {
  readonly fd: number;
  readonly protocol: Protocol;
  /** Connections that may wait to be accepted. */
  readonly backlog: number;
  /** As people write it, for the log: ":5000", "/run/hello.sock". */
  readonly address: string;
  /** Of "https". */
  readonly tls?: TlsConfig;
  /** Whether the router alone connects, and keeps its connections (docs/adr/0023): a worker has no other listener then. */
  readonly kept?: boolean;
  /** Whoever asks here is sent on to https, with this behind the host's name: "", ":8443". */
  readonly redirect?: string;
}

/** Which files are served without the app, and how (src/app/static-options.ts tells what each means). */
export interface StaticConfig {
  readonly directories: readonly string[];
  readonly maps: readonly (readonly [string, string])[];
  readonly wholeMaps: readonly (readonly [string, string])[];
  readonly index: readonly string[];
  readonly safe: readonly string[];
  readonly skipped: readonly string[];
  readonly precompressed: boolean;
  readonly expires: readonly (readonly [string, number])[];
  readonly expiresUri: readonly (readonly [string, number])[];
  readonly expiresType: readonly (readonly [string, number])[];
  readonly mimeFiles: readonly string[];
}

/** What `[nginx]` says that listeners for HTTP on TCP keep themselves (src/guard/rules.ts tells what each means). */
export interface GuardConfig {
  readonly throttle: readonly {
    readonly path: string;
    readonly count: number;
    readonly per: "s" | "m";
    readonly burst: number;
    readonly waits: boolean;
    readonly by: "ip" | { readonly kind: "cookie" | "header"; readonly name: string };
  }[];
  readonly auth: readonly ({ readonly path: string } & (
    | { readonly kind: "basic"; readonly file: string; readonly realm: string }
    | { readonly kind: "certificate" | "closed" | "off" }
  ))[];
  readonly access: readonly {
    readonly path: string;
    readonly entries: readonly (readonly [string, string])[];
  }[];
  readonly satisfy: readonly { readonly path: string; readonly word: "any" | "all" }[];
  /** Load balancers whose word on the client is taken, beside `trusted-peers`. */
  readonly trusted: readonly string[];
  readonly site: SiteConfig;
}

/** What `[nginx]` says beside who may come in (src/guard/site-rules.ts and src/app/site-options.ts tell what each means). */
export interface SiteConfig {
  readonly files?: {
    readonly folders: readonly {
      readonly prefix: string;
      readonly path: string;
      readonly file: boolean;
      readonly cacheControl?: string;
      readonly precompressed?: boolean;
      readonly index?: string;
      readonly fallback?: string;
      readonly mapped?: true;
    }[];
    readonly direct: readonly { readonly path: string; readonly anyCase: boolean }[];
    readonly hashed: readonly string[];
    readonly favicon?: string;
    readonly robots?: string;
    readonly safe: readonly string[];
  };
  readonly headers: readonly { readonly path: string; readonly name: string; readonly value: string }[];
  readonly hsts?: string;
  readonly bodySizes: readonly { readonly path: string; readonly bytes: number }[];
  readonly requestId: boolean;
  readonly maintenance: {
    readonly file: string;
    readonly pages: readonly string[];
    readonly retryAfter: number;
  };
}

/** Files that an app has sent by X-Accel-Redirect, as `send-files` of `[nginx]` has them. */
export interface SendConfig {
  /** [URL prefix, directory] */
  readonly roots: readonly (readonly [string, string])[];
  /** What the site that Portico writes says of itself, which nobody else knows; undefined: nothing is believed. */
  readonly token?: string;
}

/** What a node worker is to do, as the options say it; all that crosses is plain JSON. */
export interface WorkerConfig {
  readonly kind: "node";
  readonly chdir: string;
  readonly module: string;
  readonly callable: string | undefined;
  /** Whether the app gets the light fetch classes. */
  readonly lightFetch: boolean;
  /** Errors with their source lines to the browser. */
  readonly dev: boolean;
  readonly logRequests: boolean;
  /** Bytes; the largest head (request line and header fields, or uwsgi packet, or FastCGI params). */
  readonly bufferSize: number;
  /** Bytes; 0: no limit. */
  readonly limitPost: number;
  /** Seconds; 0: off. */
  readonly harakiri: number;
  /** What is mounted beside the app, for others' workers; their queue's limits as for a router. */
  readonly routes: readonly Route[];
  readonly queueLimit: number;
  /** Seconds. */
  readonly queueTimeout: number;
  readonly staticFiles: StaticConfig;
  /** Whether responses over HTTP on TCP are compressed. */
  readonly compress: boolean;
  /** Addresses and CIDR ranges whose word on the client is taken, besides unix sockets and loopback. */
  readonly trustedPeers: readonly string[];
  /** Whether connections are to be served through node's own sockets. */
  readonly nodeSockets: boolean;
}

/** What a Python worker is to do (python/README.md tells what each means there). */
export interface PythonConfig {
  readonly kind: "python";
  readonly chdir: string;
  readonly module: string | undefined;
  readonly callable: string | undefined;
  readonly pythonpath: readonly string[];
  readonly pyargv: readonly string[];
  /** [URL prefix, module] */
  readonly mounts: readonly (readonly [string, string])[];
  readonly manageScriptName: boolean;
  readonly needApp: boolean;
  readonly processes: number;
  readonly threads: number;
  readonly maxRequests: number;
  readonly maxRequestsDelta: number;
  /** Seconds; 0: off. */
  readonly maxWorkerLifetime: number;
  /** MB; 0: off. */
  readonly reloadOnRss: number;
  /** Seconds; 0: off. */
  readonly harakiri: number;
  readonly catchExceptions: boolean;
  /** Bytes; 0: off. */
  readonly postBuffering: number;
  readonly fileWrapper: boolean;
  readonly dev: boolean;
  readonly watchFiles: boolean;
  readonly logRequests: boolean;
  readonly bufferSize: number;
  readonly limitPost: number;
  readonly trustedPeers: readonly string[];
  /** As in StaticConfig: directories, maps, wholeMaps, index, safe, skipped. */
  readonly checkStatic: readonly string[];
  readonly staticMap: readonly (readonly [string, string])[];
  readonly staticMap2: readonly (readonly [string, string])[];
  readonly staticIndex: readonly string[];
  readonly staticSafe: readonly string[];
  readonly staticSkipExt: readonly string[];
}

/** What is passed on to another app's workers. */
export interface Route {
  /** Of those workers. */
  readonly kind: "node" | "python";
  /** "" for the main app; "/api" for what is at /api and below. */
  readonly prefix: string;
  /** The unix socket on which they speak uwsgi. */
  readonly socket: string;
  /** Requests under way at once; more wait. */
  readonly maxInFlight: number;
  /** Whether connections to them are kept. */
  readonly kept: boolean;
  /** The FIFO from which they take requests, where connections are kept: each router has its own (docs/adr/0023). */
  readonly queue?: string;
}

/** What a router is to do: a node worker whose app is others'. */
export interface RouterConfig {
  readonly kind: "router";
  readonly routes: readonly Route[];
  /** Requests that may wait. */
  readonly queueLimit: number;
  /** Seconds that one may wait. */
  readonly queueTimeout: number;
  readonly dev: boolean;
  readonly bufferSize: number;
  readonly limitPost: number;
  readonly staticFiles: StaticConfig;
  /** Whether responses over HTTP on TCP are compressed. */
  readonly compress: boolean;
  readonly trustedPeers: readonly string[];
  /** Whether connections are to be served through node's own sockets. */
  readonly nodeSockets: boolean;
}

export interface WorkerReport {
  /** Requests taken since the worker started. */
  readonly requests: number;
  readonly inFlight: number;
  readonly connections: number;
  /** Those of them that are kept for one request after another, and that another worker could go on with. */
  readonly kept?: number;
  /** Resident set size, bytes. */
  readonly rss: number;
  /** The requests that it has had longest, "GET /slow from 192.0.2.7, 3.2 s": foreign text, as it came. */
  readonly held?: readonly string[];
}

export type ToWorker =
  | {
      readonly type: "start";
      readonly id: number;
      readonly generation: number;
      readonly listeners: readonly InheritedListener[];
      readonly config: WorkerConfig | PythonConfig | RouterConfig;
      /** Of memory shared with the master, for the requests that a Python worker holds. */
      readonly heldFd?: number;
      /** What listeners for HTTP on TCP are to keep, and the memory in which all workers count, where they do. */
      readonly guard?: GuardConfig;
      readonly guardFd?: number;
      readonly sendFiles?: SendConfig;
    }
  /** Accept nothing more, finish what is in flight within `mercy` milliseconds, exit 0. */
  | { readonly type: "drain"; readonly mercy: number }
  | { readonly type: "report" }
  /** A Python worker is gone. `numbers` are of requests that it had taken out of a router's queue, answered or not. */
  | { readonly type: "lost"; readonly pid: number; readonly numbers: readonly number[] }
  /** Passes up to so many kept connections on: it has more than its share. */
  | { readonly type: "give"; readonly count: number }
  /** Goes on with a connection, whose handle comes with this. */
  | ({ readonly type: "take" } & Moved);

/** A kept connection between two requests, on its way from one worker to another. */
export interface Moved {
  readonly protocol: "http" | "fastcgi";
  readonly isUnix: boolean;
}

export type FromWorker =
  /** The app is loaded and the listeners accept. */
  | { readonly type: "ready"; readonly app: string }
  /** The app could not be loaded; the worker exits next. `message` is for people, whole, with its stack where that helps. */
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  /** Once a second, and in answer to `report`. */
  | ({ readonly type: "report" } & WorkerReport)
  /** A connection for another worker, whose handle comes with this. */
  | ({ readonly type: "pass" } & Moved)
  /** A request ignored its harakiri: this worker wants to be replaced. */
  | { readonly type: "replace"; readonly reason: string }
  /** Files whose change is worth a reload (dev). */
  | { readonly type: "watch"; readonly files: readonly string[] };

/** A fork server loads a Python app once and forks workers of it; each then has a channel of its own to it. */
export type ToForkServer =
  | {
      readonly type: "start";
      readonly generation: number;
      /** Where workers may be, and what those there accept on. */
      readonly places: readonly { readonly id: number; readonly listeners: readonly InheritedListener[] }[];
      readonly config: PythonConfig;
    }
  /** Forks a worker for place `id`, to be known by the number `worker`. */
  | { readonly type: "fork"; readonly worker: number; readonly id: number }
  /** To be passed on. */
  | { readonly type: "tell"; readonly worker: number; readonly message: ToWorker }
  | { readonly type: "kill"; readonly worker: number; readonly signal: string };

export type FromForkServer =
  | { readonly type: "forked"; readonly worker: number; readonly pid: number }
  /** Passed on: a FromWorker, if the worker is well. */
  | { readonly type: "said"; readonly worker: number; readonly message: unknown }
  | {
      readonly type: "exited";
      readonly worker: number;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      /** What it held, as it was in the memory that it shared (src/master/held-memory.ts), base64. */
      readonly held?: string;
    }
  /** The app could not be loaded; the fork server exits next. */
  | (FromWorker & { readonly type: "failed" });
