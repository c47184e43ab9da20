/** Keys that sign a request to AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `""`: long-term keys. */
  readonly sessionToken: string;
}

/** A request to sign. */
export interface AwsRequest {
  readonly method: string;
  readonly url: string;
  /** All are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** RFC 3986 escaping, as AWS's rules ask for. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Plain order of code units, which AWS sorts by. */
function inOrder(a: readonly [string, string], b: readonly [string, string]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]): readonly [string, string] => [percentEncode(name), percentEncode(value)])
    .sort(inOrder)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** `20150830T123600Z`. */
function amzDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, "");
}

/**
 * Signs a request with AWS Signature Version 4. The URL's path must need no escaping.
 * @returns all headers to send: those given, `host`, `x-amz-date`, `x-amz-security-token` and
 *   `authorization`, with names in lower case.
 */
export function signAwsRequest(
  request: AwsRequest,
  credentials: AwsCredentials,
  scope: { readonly region: string; readonly service: string },
  nowMilliseconds: number,
): Readonly<Record<string, string>> {
  const { createHash, createHmac } = process.getBuiltinModule("node:crypto");
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac("sha256", key).update(text).digest();
  const url = new URL(request.url);
  const date = amzDate(nowMilliseconds);
  const day = date.slice(0, 8);
  const headers: Record<string, string> = { host: url.host, "x-amz-date": date };
  if (credentials.sessionToken !== "") headers["x-amz-security-token"] = credentials.sessionToken;
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;

  const sorted = Object.entries(headers).sort(inOrder);
  const signedHeaders = sorted.map(([name]) => name).join(";");
  const canonicalHeaders = sorted
    .map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}\n`)
    .join("");
  const canonical = [
    request.method,
    url.pathname,
    canonicalQuery(url),
    canonicalHeaders,
    signedHeaders,
    hash(request.body),
  ].join("\n");
  const credentialScope = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", date, credentialScope, hash(canonical)].join("\n");
  const key = [day, scope.region, scope.service, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = hmac(key, toSign).toString("hex");
  return {
    ...headers,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${credentialScope}, ` +
      `SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}
