import type { AgentNotify } from "../../engines/native/agent-config.ts";
import { KeycardError } from "../../errors.ts";

/**
 * Sends the app a request without a body and wants a 2xx. Waiting for the answer keeps no process from ending.
 * @throws what the network raises; KeycardError for another answer, or for none in time.
 */
export function requestApp({
  method,
  url,
  timeoutSeconds,
}: Extract<AgentNotify, { kind: "http" }>): Promise<void> {
  const http = process.getBuiltinModule("node:http");
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent: false }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status <= 299) resolve();
      else reject(new KeycardError("KEYCARD_NOTIFY_STATUS", `${method} ${url} was answered with ${status}`));
    });
    const deadline = setTimeout(() => {
      const message = `${method} ${url} was not answered within ${timeoutSeconds} seconds`;
      request.destroy(new KeycardError("KEYCARD_NOTIFY_TIMEOUT", message));
    }, timeoutSeconds * 1000).unref();
    request.on("socket", (socket) => socket.unref());
    request.on("close", () => clearTimeout(deadline));
    request.on("error", reject);
    request.end();
  });
}
