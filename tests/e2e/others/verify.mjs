// @digitalbazaar/vc over lines of JSON: judges credentials by what HTTP serves, and says what it fetched. With
// pointers it derives first what they select. DID documents come from a resolver, or by ethr-did-resolver from a chain.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';
import {ethr} from './ethr.mjs';

const require = createRequire(`${process.argv[2]}/package.json`);
const load = async name => import(pathToFileURL(require.resolve(name)));
const [vc, {DataIntegrityProof}, eddsa, sd, {checkStatus}] = await Promise.all([
  load('@digitalbazaar/vc'), load('@digitalbazaar/data-integrity'),
  load('@digitalbazaar/eddsa-rdfc-2022-cryptosuite'), load('@digitalbazaar/ecdsa-sd-2023-cryptosuite'),
  load('@digitalbazaar/vc-bitstring-status-list')
]);
const [{resolver, token, chain}, ...tasks] =
  readFileSync(0, 'utf8').trim().split('\n').map(line => JSON.parse(line));
const MULTIKEY = 'https://w3id.org/security/multikey/v1';
let fetched;

async function get(url, headers = {}) {
  const answer = await fetch(url, {headers});
  if(!answer.ok) {
    throw new Error(`${url}: ${answer.status}`);
  }
  return answer.json();
}

async function didDocument(did) {
  if(chain) {
    const {resolve, multikey} = await ethr(load, chain);
    const {didDocument: found} = await resolve(did);
    const keys = found.verificationMethod.map(one => one.publicKeyBase58 ? multikey(one) : one);
    return {...found, verificationMethod: keys};
  }
  const url = `${resolver}/1.0/identifiers/${did}`;
  return (await get(url, {authorization: `Bearer ${token}`})).didDocument;
}

// A DID document from a resolver, a context or a list from where its id says, and W3C's own contexts,
// which the package brings along. Nothing else.
async function documentLoader(url) {
  if(url.startsWith('did:')) {
    const [did, key] = url.split('#');
    const found = await didDocument(did);
    const method = found.verificationMethod.find(one => one.id === url);
    fetched.push(did);
    if(key && !method) {
      throw new Error(`${url} is not in the document`);
    }
    return {documentUrl: url, document: key ? {'@context': MULTIKEY, ...method} : found};
  }
  if(url.startsWith('http://127.0.0.1:')) {
    const document = await get(url);
    fetched.push(url);
    return {documentUrl: url, document};
  }
  return vc.defaultDocumentLoader(url);
}

const over = cryptosuite => new DataIntegrityProof({cryptosuite});

async function derive(verifiableCredential, selectivePointers) {
  const suite = over(sd.createDiscloseCryptosuite({selectivePointers}));
  return vc.derive({verifiableCredential, suite, documentLoader});
}

for(const {credential: given, pointers} of tasks) {
  fetched = [];
  const credential = pointers ? await derive(given, pointers) : given;
  const suite = [eddsa.cryptosuite, sd.createVerifyCryptosuite()].map(over);
  const judged = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
  const found = judged.error?.errors ?? [judged.error ?? judged.statusResult?.error];
  console.log(JSON.stringify({
    credential,
    verified: judged.verified,
    why: judged.verified ? '' : found.map(String).join('; '),
    status: (judged.statusResult?.results ?? []).map(
      ({credentialStatus, status}) => [credentialStatus.statusPurpose, status]),
    fetched: [...new Set(fetched)].sort()
  }));
}
process.exit(0);
