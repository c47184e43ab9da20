/**
 * The floor of `bench:admission`: a node:https server that does nothing but parse the review and answer bytes
 * it was given. Arguments: certificate file, key file, file of answers (one a line, given in turn). Prints the
 * port it listens on.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [certificate = "", key = "", answersFile = ""] = process.argv.slice(2);
const answers = readFileSync(answersFile, "utf8")
  .split("\n")
  .map((answer) => Buffer.from(answer));
let answered = 0;

const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key) },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { request: { uid: string } };
      if (review.request.uid === "") throw new Error("a review without uid");
      const answer = answers[answered++ % answers.length] ?? Buffer.alloc(0);
      response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
      response.end(answer);
    });
  },
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(address.port);
});
