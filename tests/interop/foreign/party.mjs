// A foreign party over lines of JSON: `node party.mjs <packages> <role>` answers {call, with} a line each, in order.
import {createInterface} from 'node:readline';

const calls = (await import(`./${process.argv[3]}.mjs`)).default;

for await (const line of createInterface({input: process.stdin})) {
  const {call, with: given} = JSON.parse(line);
  let answer;
  try {
    answer = {value: (await calls[call](given)) ?? null};
  } catch(error) {
    answer = {error: {name: error.name, message: told(error), response: error.errorResponse ?? null}};
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);

// What the package said, and what it says was the reason.
function told(error) {
  return error.cause instanceof Error ? `${error.message} <- ${told(error.cause)}` : error.message;
}
