// @digitalbazaar's Data Integrity over lines of JSON: a presentation by the did:key that is given, or by a fresh one.
// With nothing in it that is a `di_vp` proof (OpenID4VCI F.2). Contexts that are not given are where their URLs say.
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
const documentLoader = async url =>
  ({documentUrl: url, document: contexts[url] ?? await (await fetch(url)).json()});

for(const {suite, challenge, domain, key: given, credentials = []} of lines) {
  const {cryptosuite} = await load(`@digitalbazaar/${suite}-cryptosuite`);
  const kind = suite.startsWith('eddsa') ? ed25519 : ecdsa;
  const key = given ? await kind.from(given) : await kind.generate({curve: 'P-256'});
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  const unsigned = {
    '@context': ['https://www.w3.org/ns/credentials/v2'], type: ['VerifiablePresentation'], holder: key.controller,
    ...(credentials.length && {verifiableCredential: credentials})
  };
  const presentation = await jsigs.sign(unsigned, {
    suite: new DataIntegrityProof({signer: key.signer(), cryptosuite}),
    purpose: new AuthenticationProofPurpose({challenge, domain}), documentLoader
  });
  console.log(JSON.stringify({presentation, key: await key.export({publicKey: true, secretKey: true})}));
}
