type Row = readonly [name: string, value: string];

/** The CGI meta-variables (RFC 3875, section 4.1) of the connection that a request came by. */
export function connectionVariables(siteId: string): Row[] {
  return [
    ["SERVER_PROTOCOL", "$server_protocol"],
    ["REQUEST_SCHEME", "$scheme"],
    ["HTTPS", "$https if_not_empty"],
    ["REMOTE_ADDR", "$remote_addr"],
    ["REMOTE_PORT", "$remote_port"],
    ["SERVER_NAME", "$host"],
    ["SERVER_PORT", "$server_port"],
    ["HTTP_HOST", `$${siteId}_host`],
  ];
}

/** The variable of a header field: "X-Real-IP" is HTTP_X_REAL_IP. */
export function fieldVariable(field: string): string {
  return `HTTP_${field.toUpperCase().replaceAll("-", "_")}`;
}
