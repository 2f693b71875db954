// @digitalbazaar/bbs-signatures over lines of JSON: judges a proof and a signature, and makes others.
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';

const bbs = await import(
  pathToFileURL(`${process.argv[2]}/node_modules/@digitalbazaar/bbs-signatures/lib/index.js`));
const read = hex => new Uint8Array(Buffer.from(hex, 'hex'));
const write = bytes => Buffer.from(bytes).toString('hex');

for(const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const given = JSON.parse(line);
  const {ciphersuite, shown: disclosedMessageIndexes} = given;
  const messages = given.messages.map(read);
  const [header, presentationHeader, publicKey, signature, proof] =
    [given.header, given.presentationHeader, given.publicKey, given.signature, given.proof].map(read);
  const disclosedMessages = disclosedMessageIndexes.map(index => messages[index]);
  const common = {publicKey, header, ciphersuite};
  const keys = await bbs.generateKeyPair({ciphersuite});
  const own = await bbs.sign({...keys, header, messages, ciphersuite});
  const made = await bbs.deriveProof({
    ...common, publicKey: keys.publicKey, signature: own, messages, presentationHeader,
    disclosedMessageIndexes
  });
  console.log(JSON.stringify({
    signature: await bbs.verifySignature({...common, signature, messages}),
    proof: await bbs.verifyProof({
      ...common, proof, presentationHeader, disclosedMessages, disclosedMessageIndexes
    }),
    theirs: {publicKey: write(keys.publicKey), signature: write(own), proof: write(made)}
  }));
}
