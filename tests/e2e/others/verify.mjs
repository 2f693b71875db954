// @digitalbazaar/vc over lines of JSON: judges credentials by what HTTP serves, and says what it fetched. With
// pointers it derives first what they select.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';

const require = createRequire(`${process.argv[2]}/package.json`);
const load = async name => import(pathToFileURL(require.resolve(name)));
const [vc, {DataIntegrityProof}, eddsa, sd, {checkStatus}] = await Promise.all([
  load('@digitalbazaar/vc'), load('@digitalbazaar/data-integrity'),
  load('@digitalbazaar/eddsa-rdfc-2022-cryptosuite'), load('@digitalbazaar/ecdsa-sd-2023-cryptosuite'),
  load('@digitalbazaar/vc-bitstring-status-list')
]);
const [{resolver, token}, ...tasks] =
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

// A DID document from a resolver, a context or a list from where its id says, and W3C's own contexts,
// which the package brings along. Nothing else.
async function documentLoader(url) {
  if(url.startsWith('did:')) {
    const [did, key] = url.split('#');
    const {didDocument} = await get(
      `${resolver}/1.0/identifiers/${did}`, {authorization: `Bearer ${token}`});
    const method = didDocument.verificationMethod.find(one => one.id === url);
    fetched.push(did);
    return {documentUrl: url, document: key ? {'@context': MULTIKEY, ...method} : didDocument};
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
