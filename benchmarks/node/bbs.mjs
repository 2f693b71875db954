// What peers need for BBS: node bbs.mjs FOLDER-OF-PACKAGES, and on standard input
// {"count": ..., "messages": ..., "size": ..., "shown": [...]}.
// Prints, for each peer and operation, the microseconds of CPU of each run; every list of messages is another.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';

const [folder] = process.argv.slice(2);
const {count, messages: many, size, shown} = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(pathToFileURL(`${folder}/package.json`));
const bazaar = await import(
  pathToFileURL(`${folder}/node_modules/@digitalbazaar/bbs-signatures/lib/index.js`));
const mattr = require('@mattrglobal/pairing-crypto').bbs.bls12381_sha256;
const ciphersuite = 'BLS12-381-SHA-256';

const peers = {
  '@digitalbazaar/bbs-signatures': {
    keys: () => bazaar.generateKeyPair({ciphersuite}),
    sign: (keys, {header, messages}) => bazaar.sign({...keys, header, messages, ciphersuite}),
    derive: ({publicKey}, {signature, header, messages, ph}) => bazaar.deriveProof({
      publicKey, signature, header, messages, presentationHeader: ph,
      disclosedMessageIndexes: shown, ciphersuite
    }),
    verify: ({publicKey}, {proof, header, messages, ph}) => bazaar.verifyProof({
      publicKey, proof, header, presentationHeader: ph,
      disclosedMessages: shown.map(index => messages[index]),
      disclosedMessageIndexes: shown, ciphersuite
    })
  },
  '@mattrglobal/pairing-crypto': {
    keys: () => mattr.generateKeyPair(),
    sign: ({secretKey, publicKey}, {header, messages}) =>
      mattr.sign({secretKey, publicKey, header, messages}),
    derive: ({publicKey}, {signature, header, messages, ph}) => mattr.deriveProof({
      publicKey, signature, header, presentationHeader: ph, verifySignature: false,
      messages: messages.map((value, index) => ({value, reveal: shown.includes(index)}))
    }),
    verify: async ({publicKey}, {proof, header, messages, ph}) => (await mattr.verifyProof({
      publicKey, proof, header, presentationHeader: ph,
      messages: Object.fromEntries(shown.map(index => [index, messages[index]]))
    })).verified
  }
};

async function timed(runs, work) {
  const begun = process.cpuUsage();
  const made = await work();
  const {user, system} = process.cpuUsage(begun);
  runs.push(user + system);
  return made;
}

const bytes = length => new Uint8Array(randomBytes(length));
const found = {};
for(const [name, peer] of Object.entries(peers)) {
  const keys = await peer.keys();
  const runs = {sign: [], derive: [], verify: []};
  // One more than is counted: what is built once is built.
  for(let number = 0; number <= count; number++) {
    const one = {header: bytes(64), ph: bytes(8), messages: Array.from({length: many}, () => bytes(size))};
    one.signature = await timed(runs.sign, () => peer.sign(keys, one));
    one.proof = await timed(runs.derive, () => peer.derive(keys, one));
    if(!await timed(runs.verify, () => peer.verify(keys, one))) {
      throw new Error(`${name} does not verify its own proof`);
    }
  }
  const version = require(`${folder}/node_modules/${name}/package.json`).version;
  found[name] = {version, runs: Object.fromEntries(
    Object.entries(runs).map(([what, each]) => [what, each.slice(1)]))};
}
console.log(JSON.stringify(found));
