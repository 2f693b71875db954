// What both scripts load: the contexts that they were given, and did:key controllers written out.
export function loader(contexts) {
  return async url => {
    if(contexts[url]) {
      return {documentUrl: url, document: contexts[url]};
    }
    const [did] = url.split('#');
    const key = did.slice('did:key:'.length);
    const method = {
      '@context': 'https://w3id.org/security/multikey/v1', id: `${did}#${key}`, type: 'Multikey',
      controller: did, publicKeyMultibase: key
    };
    const controller = {
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'], id: did,
      assertionMethod: [method]
    };
    return {documentUrl: url, document: url === did ? controller : method};
  };
}
