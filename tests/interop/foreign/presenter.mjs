// @digitalbazaar's Data Integrity over lines of JSON: a `di_vp` proof (OpenID4VCI F.2) of a fresh did:key each.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';

const require = createRequire(`${process.argv[2]}/package.json`);
const load = async name => import(pathToFileURL(require.resolve(name)));
const [{DataIntegrityProof}, {default: jsigs}, ed25519, ecdsa] = await Promise.all([
  load('@digitalbazaar/data-integrity'), load('jsonld-signatures'),
  load('@digitalbazaar/ed25519-multikey'), load('@digitalbazaar/ecdsa-multikey')
]);
const {AuthenticationProofPurpose} = jsigs.purposes;
const [contexts, ...lines] = readFileSync(0, 'utf8').trim().split('\n').map(line => JSON.parse(line));
const documentLoader = async url => ({documentUrl: url, document: contexts[url]});

for(const {suite, challenge, domain} of lines) {
  const {cryptosuite} = await load(`@digitalbazaar/${suite}-cryptosuite`);
  const key = suite.startsWith('eddsa') ? await ed25519.generate() : await ecdsa.generate({curve: 'P-256'});
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  const unsigned = {
    '@context': ['https://www.w3.org/ns/credentials/v2'], type: ['VerifiablePresentation'], holder: key.controller
  };
  console.log(JSON.stringify(await jsigs.sign(unsigned, {
    suite: new DataIntegrityProof({signer: key.signer(), cryptosuite}),
    purpose: new AuthenticationProofPurpose({challenge, domain}), documentLoader
  })));
}
