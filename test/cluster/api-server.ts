import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { KubeConfig } from "@kubernetes/client-node";
import { connect, type KubernetesApi } from "../../src/cluster/kubernetes.ts";

/** A request that reached the API server. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

/** What the API server answers: status and object. A function may stream instead. */
export type ApiReply = readonly [status: number, body: unknown] | ((response: ServerResponse) => void);

/** A Kubernetes API server of few words: it answers each request from a script and remembers it. */
export interface ApiServer extends AsyncDisposable {
  readonly api: KubernetesApi;
  readonly calls: ApiCall[];
}

export async function apiServer(reply: (call: ApiCall) => ApiReply): Promise<ApiServer> {
  const calls: ApiCall[] = [];
  const server = createServer(async (request, response) => {
    const call = await callFrom(request);
    calls.push(call);
    const answer = reply(call);
    if (typeof answer === "function") return answer(response);
    response.writeHead(answer[0], { "content-type": "application/json" });
    response.end(JSON.stringify(answer[1]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "test", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: "test" },
  );
  return {
    api: connect(config),
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function callFrom(request: IncomingMessage): Promise<ApiCall> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    contentType: request.headers["content-type"],
    body: text === "" ? undefined : JSON.parse(text),
  };
}

/** The Status that an API server fails with. */
export function failure(code: number): ApiReply {
  return [code, { kind: "Status", apiVersion: "v1", status: "Failure", code, message: "no" }];
}
