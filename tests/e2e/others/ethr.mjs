// ethr-did-resolver of npm over a node's JSON-RPC, and its keys as others read them.
export async function ethr(load, {rpc, registry, chainId}) {
  const [{getResolver}, ethers] = await Promise.all(['ethr-did-resolver', 'ethers'].map(load));
  const provider = new ethers.JsonRpcProvider(rpc, chainId, {staticNetwork: true});
  const methods = getResolver({networks: [{chainId, registry, provider}]});
  const resolve = url => {
    const [did, query] = url.split('?');
    return methods.ethr(did, {id: did.slice('did:ethr:'.length), query}, null, {});
  };

  // It never gives publicKeyMultibase. The bytes are the same.
  function multikey(method) {
    if(method.type === 'Multikey') {
      return {...method, publicKeyMultibase: `z${method.publicKeyBase58}`};
    }
    const raw = ethers.toBeHex(ethers.decodeBase58(method.publicKeyBase58), 32);
    const bytes = ethers.concat([{Ed25519VerificationKey2018: '0xed01'}[method.type], raw]);
    return {...method, type: 'Multikey', publicKeyMultibase: `z${ethers.encodeBase58(bytes)}`};
  }

  return {resolve, multikey};
}
