/**
 * The floor of `bench:admission`: a node:https server that does nothing but parse the review and answer bytes
 * it was given. Arguments: certificate file, key file, answer file. Prints the port it listens on.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [certificate = "", key = "", answerFile = ""] = process.argv.slice(2);
const answer = readFileSync(answerFile);

const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key) },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { request: { uid: string } };
      if (review.request.uid === "") throw new Error("a review without uid");
      response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
      response.end(answer);
    });
  },
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(address.port);
});
