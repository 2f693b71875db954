// The third opinion: each line in is a JSON-LD document, each line out its canonical N-Quads as a JSON
// string, or null where jsonld.js cannot process it. Contexts come from the file named as argument.
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const jsonld = require(path.join(process.argv[2], 'node_modules', 'jsonld'));

const contexts = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const documentLoader = async url => {
  if (!(url in contexts)) throw new Error(`unknown context ${url}`);
  return {contextUrl: null, documentUrl: url, document: contexts[url], tag: 'static'};
};
// By itself it gives up where it has to compare more than a few blank nodes; how many are too many is ours to say.
const canonizeOptions = {maxWorkFactor: 3};
const options = {algorithm: 'RDFC-1.0', format: 'application/n-quads', documentLoader, base: '', canonizeOptions};

async function main() {
  for await (const line of readline.createInterface({input: process.stdin})) {
    let found = null;
    try {
      found = await jsonld.canonize(JSON.parse(line), options);
    } catch (error) {
      // What it refuses is for the other side to know.
    }
    process.stdout.write(JSON.stringify(found) + '\n');
  }
}

main();
