import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { ServiceAccountIssuer } from "./service-account.ts";

/** The one call of the Kubernetes API that Vault's kubernetes method makes. */
export interface TokenReviewServer extends AsyncDisposable {
  /** For `kubernetes_host`. */
  readonly address: string;
  /** Tokens asked about so far: one for each login. */
  reviews(): number;
  stop(): Promise<void>;
}

/** Serves TokenReview (authentication.k8s.io/v1) for the tokens of one issuer, on a free port of 127.0.0.1. */
export async function startTokenReview(issuer: ServiceAccountIssuer): Promise<TokenReviewServer> {
  let reviews = 0;
  const server = createServer((request, response) => {
    reviews += 1;
    answer(issuer, request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { address: `http://127.0.0.1:${port}`, reviews: () => reviews, stop, [Symbol.asyncDispose]: stop };
}

async function answer(
  issuer: ServiceAccountIssuer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST" || request.url !== "/apis/authentication.k8s.io/v1/tokenreviews") {
    response.writeHead(404).end();
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const review: JsonValue = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const spec = isJsonObject(review) && isJsonObject(review["spec"]) ? review["spec"] : {};
  response.writeHead(201, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      metadata: {},
      spec,
      status: statusOf(issuer, spec),
    }),
  );
}

function statusOf(issuer: ServiceAccountIssuer, spec: JsonObject): JsonObject {
  const asked = Array.isArray(spec["audiences"]) ? spec["audiences"].map(String) : [];
  const audiences = asked.length > 0 ? asked : undefined;
  const identity = issuer.verify(String(spec["token"]), audiences);
  if (identity === undefined) return { authenticated: false, error: "invalid bearer token" };
  const { namespace, serviceAccount, uid } = identity;
  return {
    authenticated: true,
    audiences: identity.audiences,
    user: {
      username: `system:serviceaccount:${namespace}:${serviceAccount}`,
      uid,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
    },
  };
}
