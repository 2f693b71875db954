// @digitalbazaar's suites over lines of JSON: judges a secured document, and makes one of its own.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';
import {loader} from './loader.mjs';

const require = createRequire(`${process.argv[2]}/package.json`);
const load = async name => import(pathToFileURL(require.resolve(name)));
const [{DataIntegrityProof}, jsigs, ed25519, ecdsa] = await Promise.all([
  load('@digitalbazaar/data-integrity'), load('jsonld-signatures'),
  load('@digitalbazaar/ed25519-multikey'), load('@digitalbazaar/ecdsa-multikey')
]);
const suites = {
  'eddsa-rdfc-2022': (await load('@digitalbazaar/eddsa-rdfc-2022-cryptosuite')).cryptosuite,
  'eddsa-jcs-2022': await jcs('@digitalbazaar/eddsa-jcs-2022-cryptosuite'),
  'ecdsa-rdfc-2019': (await load('@digitalbazaar/ecdsa-rdfc-2019-cryptosuite')).cryptosuite,
  'ecdsa-jcs-2019': await jcs('@digitalbazaar/ecdsa-jcs-2019-cryptosuite')
};

async function jcs(name) {
  const {createSignCryptosuite, createVerifyCryptosuite, cryptosuite} = await load(name);
  return cryptosuite ?? {sign: createSignCryptosuite(), verify: createVerifyCryptosuite()};
}

const [contexts, ...lines] = readFileSync(0, 'utf8').trim().split('\n').map(line => JSON.parse(line));
const documentLoader = loader(contexts);

for(const {suite: name, alg, unsigned, secured} of lines) {
  const cryptosuite = suites[name];
  const purpose = new jsigs.default.purposes.AssertionProofPurpose();
  const judged = await jsigs.default.verify(secured, {
    suite: new DataIntegrityProof({cryptosuite: cryptosuite.verify ?? cryptosuite}), purpose, documentLoader
  });
  const key = alg === 'Ed25519' ? await ed25519.generate() : await ecdsa.generate({curve: alg});
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  const theirs = await jsigs.default.sign(unsigned, {
    suite: new DataIntegrityProof({signer: key.signer(), cryptosuite: cryptosuite.sign ?? cryptosuite}),
    purpose, documentLoader
  });
  console.log(JSON.stringify({
    verified: judged.verified, why: judged.verified ? '' : String(judged.error?.errors?.[0] ?? judged.error), theirs
  }));
}
