// A credential of VC Data Model 2.0, secured by @digitalbazaar's Data Integrity from where that is installed.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {bare} from './crypto.mjs';

let parts;

async function loaded(packages) {
  const require = createRequire(`${packages}/package.json`);
  const load = async name => import(pathToFileURL(require.resolve(name)));
  const [{DataIntegrityProof}, {default: jsigs}, ecdsa, {cryptosuite}, selective] = await Promise.all([
    load('@digitalbazaar/data-integrity'), load('jsonld-signatures'), load('@digitalbazaar/ecdsa-multikey'),
    load('@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'), load('@digitalbazaar/ecdsa-sd-2023-cryptosuite')
  ]);
  const mandatoryPointers = ['/issuer', '/validFrom', '/validUntil', '/credentialSubject/id'];
  return {DataIntegrityProof, jsigs, ecdsa, suites: {
    'ecdsa-rdfc-2019': cryptosuite, 'ecdsa-sd-2023': selective.createSignCryptosuite({mandatoryPointers})
  }};
}

// Contexts that are not given are where their URLs say.
export async function secure({packages, contexts, did, suite}, signer, unsigned) {
  const {DataIntegrityProof, jsigs, ecdsa, suites} = parts ??= await loaded(packages);
  const key = await ecdsa.fromJwk({jwk: {...bare(signer), d: signer.d}, secretKey: true});
  Object.assign(key, {controller: did, id: `${did}#key`});
  return jsigs.sign(unsigned, {
    suite: new DataIntegrityProof({signer: key.signer(), cryptosuite: suites[suite]}),
    purpose: new jsigs.purposes.AssertionProofPurpose(),
    documentLoader: async url => ({documentUrl: url, document: contexts[url] ?? await (await fetch(url)).json()})
  });
}
