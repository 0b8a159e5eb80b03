/**
 * Node's http messages. Not by `import`: for that node reads each export, the lazy ones too, and loads its
 * Fetch classes by it (100 ms of CPU, 20 MB).
 */
export const { IncomingMessage, ServerResponse, validateHeaderName, validateHeaderValue } =
  process.getBuiltinModule("node:http");
export type IncomingMessage = InstanceType<typeof IncomingMessage>;
export type ServerResponse = InstanceType<typeof ServerResponse>;
