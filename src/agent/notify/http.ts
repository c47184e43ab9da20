import { KeycardError } from "../../errors.ts";

const TIMEOUT_MS = 5000;

/** POSTs nothing to a URL and wants a 2xx. @throws when it does not come within five seconds. */
export function postTo(url: string): Promise<void> {
  const http = process.getBuiltinModule("node:http");
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: "POST", agent: false, timeout: TIMEOUT_MS }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status <= 299) resolve();
      else reject(new KeycardError("KEYCARD_NOTIFY_STATUS", `POST ${url} was answered with ${status}`));
    });
    const deadline = setTimeout(() => {
      request.destroy(
        new KeycardError("KEYCARD_NOTIFY_TIMEOUT", `POST ${url} was not answered within 5 seconds`),
      );
    }, TIMEOUT_MS);
    request.on("close", () => clearTimeout(deadline));
    request.on("error", reject);
    request.end();
  });
}
