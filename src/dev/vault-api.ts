import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** One answer of a Vault, as received. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, `{}` when it was empty. */
  readonly body: JsonObject;
}

export interface ApiCall {
  readonly token?: string | undefined;
  readonly body?: JsonObject | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Vault's HTTP API with nothing added: whatever comes back is returned, whatever its status. */
export interface VaultApi {
  readonly address: string;
  /**
   * `path` as in Vault's documentation, without `/v1/`; the token is the default one unless given. LIST is
   * sent as GET with `list=true`, as Vault's own clients do.
   */
  call(method: string, path: string, call?: ApiCall): Promise<ApiAnswer>;
  /** The same, for set-up: @throws Error when the answer is not 2xx. */
  must(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
}

/** A caller for one Vault with a default token; `""` sends none. */
export function vaultApi(address: string, token: string): VaultApi {
  const call = async (method: string, path: string, options: ApiCall = {}): Promise<ApiAnswer> => {
    const sent = options.token ?? token;
    const response = await fetch(`${address}/v1/${path}${method === "LIST" ? "?list=true" : ""}`, {
      method: method === "LIST" ? "GET" : method,
      redirect: "manual",
      headers: {
        "x-vault-request": "true",
        ...(sent === "" ? {} : { "x-vault-token": sent }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const parsed: JsonValue = text === "" ? {} : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: isJsonObject(parsed) ? parsed : {} };
  };
  const must = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const answer = await call(method, path, { body });
    if (answer.status >= 300) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  };
  return { address, call, must };
}
