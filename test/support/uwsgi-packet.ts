/**
 * A request as a web server sends it: these variables and those that every one has.
 * https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html
 */
export function packet(variables: Readonly<Record<string, string>>): Buffer {
  const all = {
    SERVER_PROTOCOL: "HTTP/1.1",
    SERVER_NAME: "localhost",
    SERVER_PORT: "80",
    QUERY_STRING: "",
    ...variables,
  };
  const sized = (text: string): Buffer => {
    const bytes = Buffer.from(text, "latin1");
    return Buffer.concat([Buffer.from([bytes.length & 0xff, bytes.length >> 8]), bytes]);
  };
  const block = Buffer.concat(Object.entries(all).flatMap(([name, value]) => [sized(name), sized(value)]));
  return Buffer.concat([Buffer.from([0, block.length & 0xff, block.length >> 8, 0]), block]);
}
